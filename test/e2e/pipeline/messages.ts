import { expect, test } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { publish, query, takeDeadLetters, upload } from '../../support/pipeline.ts';

export function messageTests(system: () => LocalSystem): void {
  test('is set aside once, with its reason, and does not go round', async () => {
    const messages: [string, string | object, string, string][] = [
      ['export', 'no JSON', 'bad-message', 'is not JSON'],
      ['export', '["apis"]', 'bad-message', ''],
      ['export', { project: 'acme-retail' }, 'bad-message', 'names no slice'],
      [
        'export',
        { project: 'acme-retail', collection: 'apis', alowEmpty: true },
        'bad-message',
        'allowEmpty',
      ],
      ['export', { project: 'acme-retial', collection: 'apis' }, 'unknown-source', 'acme-retail'],
      ['export', { project: 'acme-retail', collection: 'api' }, 'unknown-collection', 'apis'],
      [
        'export',
        { source: 'acme-retail', collection: 'apis', run: 'today' },
        'bad-run',
        '20261123T230000.000Z',
      ],
      ['schedule', { sources: ['acme-logistic'] }, 'unknown-source', 'acme-logistics'],
      ['schedule', { trigger: 'cron' }, 'bad-message', 'trigger'],
      ['load', { name: 'firestore/acme-retail/apis/x.ndjson' }, 'bad-message', 'bucket'],
      [
        'load',
        { bucket: 'other', name: 'firestore/acme-retail/apis/x.ndjson' },
        'bad-object-name',
        'acme-firesink',
      ],
    ];
    for (const [topic, message] of messages) await publish(system(), topic, message);
    await system().idle();
    const letters = await takeDeadLetters(system());
    expect(letters).toHaveLength(messages.length);
    for (const [topic, message, code, text] of messages) {
      const data = typeof message === 'string' ? message : JSON.stringify(message);
      const letter = letters.find((each) => each.data === data);
      expect(letter, data).toMatchObject({
        code,
        function: topic === 'schedule' ? 'scheduler' : topic,
      });
      const { firesinkError = '', firesinkHint = '' } = letter?.attributes ?? {};
      expect(`${firesinkError} ${firesinkHint}`).toContain(text);
      expect(letter?.attributes.firesinkMessageId).toMatch(/^\d+$/);
      expect(Date.parse(letter?.attributes.firesinkPublishTime ?? '')).not.toBeNaN();
    }
  });

  test('of attributes only is set aside too, with its attributes', async () => {
    const pubsub = await system().clients.pubsub();
    const attributes = { collection: 'apis', project: 'acme-retail' };
    await pubsub.topic('firesink-export').publishMessage({ attributes });
    await system().idle();
    expect(await takeDeadLetters(system())).toMatchObject([
      { data: '', code: 'bad-message', attributes },
    ]);
  });

  test('nothing of it is loaded: no job and no step beyond its refusal', async () => {
    const jobsOf = async () => (await (await system().clients.bigquery()).getJobs())[0].length;
    const before = await jobsOf();
    await publish(system(), 'export', { project: 'acme-retail', collection: 'nothing' });
    await system().idle();
    expect(await jobsOf()).toBe(before);
    expect(await takeDeadLetters(system())).toHaveLength(1);
    const steps = await query(
      system(),
      "SELECT COUNT(*) AS steps FROM sync_events WHERE collection = 'nothing'",
    );
    expect(steps).toEqual([{ steps: 0n }]);
  });

  test('an object whose name fits no slice is set aside, with where it should lie', async () => {
    const line = '{"_document_id":"a"}\n';
    await upload(system(), 'uploads/apis.ndjson', line);
    await upload(system(), 'uploads/firestore/acme-retail/unheard/apis.ndjson', line);
    await upload(system(), 'firestore/acme-retial/apis/mine.ndjson', line);
    await upload(system(), 'elsewhere/apis.ndjson', line);
    await system().idle();
    const letters = await takeDeadLetters(system());
    const told = letters.map(({ code, error }) => `${code} ${error}`).sort();
    expect(told).toEqual([
      expect.stringMatching(
        /^bad-object-name gs:\/\/acme-firesink\/uploads\/apis\.ndjson: is neither a snapshot nor an upload\. Put it under uploads\/firestore\/<source>\/<collection>\//,
      ),
      expect.stringMatching(/^unknown-collection .*unheard\/apis\.ndjson/),
      expect.stringMatching(/^unknown-source .*acme-retial.*acme-retail/),
    ]);
  });
}
