// An emulator that is named but not there: Google's clients would try for most of a minute and then say
// neither which variable led them there nor what to do.
import { connect } from 'node:net';
import { LocalError } from './local-error.ts';
import { STAND_IN_NAMES } from './ports.ts';
import { EMULATOR_HOSTS } from './stand-ins.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** @throws {LocalError} naming the first `*_EMULATOR_HOST` at which nothing answers */
export async function assertEmulatorsReachable(env: NodeJS.ProcessEnv): Promise<void> {
  await Promise.all(
    STAND_IN_NAMES.map(async (name) => {
      const variable = EMULATOR_HOSTS[name];
      const value = env[variable];
      if (!value) return;
      const reason = await whyUnreachable(value);
      if (reason === undefined) return;
      throw new LocalError(
        `${variable}=${value}: nothing answers there (${reason}). Start that emulator, or unset ${variable} to get the stand-in`,
      );
    }),
  );
}

/** @param host  `127.0.0.1:8080`, with or without a scheme before it */
async function whyUnreachable(host: string): Promise<string | undefined> {
  const url = URL.parse(/^https?:\/\//.test(host) ? host : `http://${host}`);
  if (!url) return 'it is no host and port';
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  // WHATWG URLs keep the brackets of IPv6 addresses; sockets do without.
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port });
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => resolve('no answer'));
  socket.once('connect', () => resolve(undefined));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  const reason = await promise;
  socket.destroy();
  return reason;
}
