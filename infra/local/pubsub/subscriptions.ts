// google.pubsub.v1.Subscriber: the subscriptions themselves. Taking messages out of them: pull.ts,
// streaming-pull.ts, push.ts.
import { invalidArgument, notFound } from './errors.ts';
import { checkProject, parseName } from './names.ts';
import { page } from './paging.ts';
import { unary } from './rpc.ts';
import type { Store } from './store.ts';
import {
  completePushConfig,
  completeSubscription,
  updateSubscription,
} from './subscription-config.ts';
import type { FieldMask, PageRequest, PushConfig, Subscription } from './wire.ts';

export function subscriptionHandlers(store: Store) {
  const checkDeadLetterTopic = ({ deadLetterPolicy }: Subscription) => {
    if (deadLetterPolicy && !store.hasTopic(deadLetterPolicy.deadLetterTopic)) {
      throw notFound(deadLetterPolicy.deadLetterTopic);
    }
  };

  return {
    CreateSubscription: unary((request: Subscription) => {
      parseName('subscriptions', request.name);
      const subscription = completeSubscription(request);
      store.topic(subscription.topic);
      checkDeadLetterTopic(subscription);
      store.createSubscription(subscription);
      return subscription;
    }),

    GetSubscription: unary(
      ({ subscription }: { subscription: string }) => store.subscription(subscription).resource,
    ),

    UpdateSubscription: unary(
      (request: { subscription: Subscription | null; updateMask: FieldMask | null }) => {
        const { subscription, updateMask } = request;
        if (!subscription || !updateMask?.paths.length) {
          throw invalidArgument(
            'The update_mask in the UpdateSubscriptionRequest must be set, and must contain a non-empty paths list.',
          );
        }
        const { resource } = store.subscription(subscription.name);
        const updated = updateSubscription(resource, subscription, updateMask.paths);
        if (updateMask.paths.includes('dead_letter_policy')) checkDeadLetterTopic(updated);
        store.saveSubscription(updated);
        return updated;
      },
    ),

    ListSubscriptions: unary((request: PageRequest & { project: string }) => {
      checkProject(request.project);
      const resources = [...store.subscriptions].map(({ resource }) => resource);
      const { items: subscriptions, nextPageToken } = page(
        resources.filter(({ name }) => name.startsWith(`${request.project}/`)),
        ({ name }) => name,
        request,
      );
      return { subscriptions, nextPageToken };
    }),

    DeleteSubscription: unary(({ subscription }: { subscription: string }) => {
      store.deleteSubscription(store.subscription(subscription).resource.name);
      return {};
    }),

    ModifyPushConfig: unary((request: { subscription: string; pushConfig: PushConfig | null }) => {
      const { resource } = store.subscription(request.subscription);
      store.saveSubscription({
        ...resource,
        pushConfig: completePushConfig(request.pushConfig),
      });
      return {};
    }),
  };
}
