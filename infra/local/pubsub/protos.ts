// google.pubsub.v1 as the official client ships it, so that client and stand-in can never disagree on a
// field. Loading takes about 60 ms; that is why it happens when a server starts, not at import.
import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';

type ProtoJson = Parameters<typeof fromJSON>[0];

export function loadServices(): { publisher: ServiceDefinition; subscriber: ServiceDefinition } {
  const require = createRequire(import.meta.url);
  const json: ProtoJson = require('@google-cloud/pubsub/build/protos/protos.json');
  const definitions = fromJSON(json, {
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const service = (name: string): ServiceDefinition => {
    const definition = definitions[`google.pubsub.v1.${name}`];
    if (!definition || 'format' in definition) {
      throw new Error(`@google-cloud/pubsub ships no service google.pubsub.v1.${name}`);
    }
    return definition as ServiceDefinition;
  };
  return { publisher: service('Publisher'), subscriber: service('Subscriber') };
}
