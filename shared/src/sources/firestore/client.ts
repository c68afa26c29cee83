// Where Firestore is and who asks, as the official client decides it: FIRESTORE_EMULATOR_HOST, else the
// service with application default credentials.
import type { GoogleAuth } from 'google-auth-library';
import { type Endpoint, GrpcChannel } from './grpc.ts';
import { GrpcError } from './grpc-status.ts';
import { type Database, databaseName } from './names.ts';

const SERVICE = 'https://firestore.googleapis.com';
/** Administration (GetDatabase) wants the second. */
const SCOPES = [
  'https://www.googleapis.com/auth/datastore',
  'https://www.googleapis.com/auth/cloud-platform',
];

/** One connection, made with the first call; to be disposed of. */
export function connectFirestore(env: NodeJS.ProcessEnv = process.env): GrpcChannel {
  const emulator = env.FIRESTORE_EMULATOR_HOST;
  return new GrpcChannel(emulator ? emulatorEndpoint(emulator) : serviceEndpoint());
}

/** `owner`: the emulator's name for someone whom no security rule stops. */
const emulatorEndpoint = (host: string): Endpoint => ({
  origin: `http://${host.replace(/^http:\/\//, '')}`,
  headers: async () => ({ authorization: 'Bearer owner' }),
});

function serviceEndpoint(): Endpoint {
  let auth: GoogleAuth | undefined;
  return {
    origin: SERVICE,
    async headers() {
      const { GoogleAuth, gaxios } = await import('google-auth-library');
      auth ??= new GoogleAuth({ scopes: SCOPES });
      try {
        // Kept and renewed by the library; also the project to bill, for a user's credentials.
        return Object.fromEntries(await auth.getRequestHeaders(SERVICE));
      } catch (error) {
        throw credentialsError(error, error instanceof gaxios.GaxiosError ? error : undefined);
      }
    },
  };
}

/** Credentials that are missing or refused are for a person to mend; a server that is silent is not. */
function credentialsError(error: unknown, request: { status?: number } | undefined): GrpcError {
  const text = error instanceof Error ? error.message : String(error);
  const passes = request && (request.status === undefined || request.status >= 500);
  return new GrpcError(passes ? 'UNAVAILABLE' : 'UNAUTHENTICATED', text, error);
}

/** What Google routes a call by: without it, named databases are not found. */
export function routingHeaders(source: Database): Record<string, string> {
  const { project, database } = source;
  const params = new URLSearchParams({ project_id: project, database_id: database });
  return {
    'google-cloud-resource-prefix': databaseName(source),
    'x-goog-request-params': params.toString(),
  };
}
