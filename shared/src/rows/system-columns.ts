// The columns every table begins with: DESIGN, section 7.
import type { Column } from './column.ts';

/** In the order a table shows them. */
export const SYSTEM_COLUMNS: readonly Column[] = [
  {
    name: '_slice',
    type: 'INT64',
    mode: 'NULLABLE',
    description: 'Number of the source: partition of this table',
  },
  {
    name: '_run',
    type: 'STRING',
    mode: 'NULLABLE',
    description: 'Snapshot the row came with; the same in all rows of a slice',
  },
  {
    name: '_source',
    type: 'STRING',
    mode: 'NULLABLE',
    description: 'Name of the database or cluster in the configuration',
  },
  {
    name: '_project_id',
    type: 'STRING',
    mode: 'NULLABLE',
    description: 'Project of the database or cluster',
  },
  { name: '_database_id', type: 'STRING', mode: 'NULLABLE', description: 'Firestore database' },
  {
    name: '_document_id',
    type: 'STRING',
    mode: 'NULLABLE',
    description: 'Last part of the path; the uid of a Kubernetes object',
  },
  {
    name: '_document_path',
    type: 'STRING',
    mode: 'NULLABLE',
    description: 'Path in the database; namespace/name of a Kubernetes object',
  },
  {
    name: '_create_time',
    type: 'TIMESTAMP',
    mode: 'NULLABLE',
    description: 'When the document was created',
  },
  {
    name: '_update_time',
    type: 'TIMESTAMP',
    mode: 'NULLABLE',
    description: 'When the document was last written',
  },
  {
    name: '_read_time',
    type: 'TIMESTAMP',
    mode: 'NULLABLE',
    description: 'The instant the row shows',
  },
  { name: '_data', type: 'JSON', mode: 'NULLABLE', description: 'The document' },
  {
    name: '_row_errors',
    type: 'RECORD',
    mode: 'REPEATED',
    description:
      'Values that did not fit their column, which is NULL then; they are whole in _data',
    fields: [
      {
        name: 'field',
        type: 'STRING',
        mode: 'NULLABLE',
        description: 'Path of the field in the document',
      },
      { name: 'expected', type: 'STRING', mode: 'NULLABLE', description: 'Type of the column' },
      { name: 'actual', type: 'STRING', mode: 'NULLABLE', description: 'What the document holds' },
      { name: 'reason', type: 'STRING', mode: 'NULLABLE', description: 'Why it does not fit' },
    ],
  },
];
