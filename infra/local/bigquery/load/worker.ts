// A worker thread that parses one load job after the other. Started by pool.ts.
import { parentPort } from 'node:worker_threads';
import { type ErrorProto, toApiError } from '../errors.ts';
import { type ParseResult, type ParseTask, parseObjects } from './parse.ts';

export type WorkerAnswer =
  | { result: ParseResult }
  | { error: ErrorProto; details: readonly ErrorProto[] };

parentPort?.on('message', async (task: ParseTask) => {
  let answer: WorkerAnswer;
  try {
    answer = { result: await parseObjects(task) };
  } catch (error) {
    const apiError = toApiError(error);
    answer = { error: apiError.toProto(), details: apiError.details };
  }
  parentPort?.postMessage(answer);
});
