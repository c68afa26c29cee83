// Locations: the multi-regions in capitals, regions in lower case; compared without case.
import { invalid } from './errors.ts';

const MULTI_REGIONS = ['US', 'EU'];
const REGION = /^[a-z]+(-[a-z]+)*-?[a-z]*\d*$/;

export function parseLocation(text: string): string {
  const upper = text.toUpperCase();
  if (MULTI_REGIONS.includes(upper)) return upper;
  const lower = text.toLowerCase();
  if (!REGION.test(lower)) throw invalid(`Invalid location: ${text}`);
  return lower;
}

/** Jobs there are found without saying where they are (REST jobs.get, `location`). */
export const isMultiRegion = (location: string): boolean => MULTI_REGIONS.includes(location);
