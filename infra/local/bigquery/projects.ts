// projects.list and the project's service account. A project exists as soon as somebody names it.
import { discoveryDocument } from './discovery.ts';
import { type Call, page, type Reply } from './http.ts';
import type { Store } from './store.ts';

/** Those that have datasets or jobs. */
export function listProjects(store: Store, call: Call): Reply {
  const named = [...store.datasets.values(), ...store.jobs.values()].map(({ project }) => project);
  const projects = [...new Set(named)].sort();
  const { items, nextPageToken } = page(call, projects, 50);
  return {
    body: {
      kind: 'bigquery#projectList',
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      projects: items.map((id) => ({
        kind: 'bigquery#project',
        id,
        numericId: '0',
        projectReference: { projectId: id },
        friendlyName: id,
      })),
      totalItems: projects.length,
    },
  };
}

export const getServiceAccount = (project: string): Reply => ({
  body: {
    kind: 'bigquery#getServiceAccountResponse',
    email: `bq-local@${project}.iam.gserviceaccount.com`,
  },
});

export const getDiscovery = (call: Call): Reply => ({ body: discoveryDocument(call.baseUrl) });
