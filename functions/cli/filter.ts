/** The slices that `[source] [collection]` name; all where neither does. */
export const filterOf = (source?: string, collection?: string) => ({
  sources: source === undefined ? undefined : [source],
  collections: collection === undefined ? undefined : [collection],
});
