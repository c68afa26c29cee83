import type { Pair } from '../config/lookup.ts';
import type { Services } from '../services.ts';
import type { ObjectResource } from '../snapshots/list.ts';
import type { StepResult } from './step.ts';

export async function convertUpload(_services: Services, _pair: Pair, _object: ObjectResource): Promise<StepResult> {
  throw new Error('not yet');
}
