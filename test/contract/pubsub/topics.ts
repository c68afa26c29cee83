import { test } from 'vitest';
import { ALREADY_EXISTS, type Contract, INVALID_ARGUMENT, NOT_FOUND } from './fixture.ts';

export function topics({ open, featureTest }: Contract): void {
  test('a topic is created, read, listed page by page and deleted', async ({ expect }) => {
    const { publisher, topic, project } = open();
    const ids = ['listed-a', 'listed-b', 'listed-c'];
    const [created] = await publisher.createTopic({
      name: topic('listed-a'),
      labels: { team: 'data' },
    });
    expect(created).toMatchObject({ name: topic('listed-a'), labels: { team: 'data' } });
    for (const id of ids.slice(1)) await publisher.createTopic({ name: topic(id) });

    const [read] = await publisher.getTopic({ topic: topic('listed-a') });
    expect(read).toMatchObject({ name: topic('listed-a'), labels: { team: 'data' } });
    const pages: (string | null | undefined)[][] = [];
    let pageToken = '';
    do {
      const request = { project, pageSize: 2, pageToken };
      const [items, , response] = await publisher.listTopics(request, { autoPaginate: false });
      pages.push(items.map(({ name }) => name));
      pageToken = response?.nextPageToken ?? '';
    } while (pageToken);
    expect(pages).toEqual([[topic('listed-a'), topic('listed-b')], [topic('listed-c')]]);

    for (const id of ids) await publisher.deleteTopic({ topic: topic(id) });
    await expect(publisher.getTopic({ topic: topic('listed-a') })).rejects.toMatchObject(NOT_FOUND);
  });

  test('a topic that exists is not created again', async ({ expect }) => {
    const { publisher, topic } = open();
    await publisher.createTopic({ name: topic('twice') });
    const again = publisher.createTopic({ name: topic('twice') });
    await expect(again).rejects.toMatchObject(ALREADY_EXISTS);
  });

  test.for([
    ['too short', 'ab'],
    ['too long', 'x'.repeat(256)],
    ['begins with a digit', '1st'],
    ['begins with goog', 'google'],
    ['has a space', 'a b c'],
    ['has a letter beyond ASCII', 'ümlaut'],
    ['has a slash', 'a/b/c'],
  ])('a name that is %s is refused', async ([, id = ''], { expect }) => {
    const { publisher, topic } = open();
    const creation = publisher.createTopic({ name: topic(id) });
    await expect(creation).rejects.toMatchObject(INVALID_ARGUMENT);
  });

  featureTest(
    'labels of topics can be updated',
    'labels are replaced as a whole',
    async ({ expect }) => {
      const { publisher, topic } = open();
      await publisher.createTopic({ name: topic('labelled'), labels: { a: '1', b: '2' } });
      const [updated] = await publisher.updateTopic({
        topic: { name: topic('labelled'), labels: { c: '3' } },
        updateMask: { paths: ['labels'] },
      });
      expect(updated.labels).toEqual({ c: '3' });
    },
  );

  test.for([
    ['without a mask', []],
    ['of the name', ['name']],
    ['of an unknown field', ['colour']],
  ] as const)('an update %s is refused', async ([, paths], { expect }) => {
    const { publisher, topic } = open();
    const name = topic(`masked-${paths}`);
    await publisher.createTopic({ name });
    const update = publisher.updateTopic({ topic: { name }, updateMask: { paths: [...paths] } });
    await expect(update).rejects.toMatchObject(INVALID_ARGUMENT);
  });
}
