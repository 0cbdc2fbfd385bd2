import { join } from 'node:path';
import type { Config } from '../config.js';
import { CLIENTS } from './cast.js';
import { CLIENT_KEYS } from './client-key-file.js';

/** What whoever started a sandbox reads when it is ready. No secret stands in it, only where they lie. */
export function banner({ publicUrl, dataDir, builtInIssuer, issuer }: Config): string {
  const keys = builtInIssuer ? `  Clients and their private keys   ${join(dataDir, CLIENT_KEYS)}` : `  Clients, with keys at ${issuer}`;
  return [
    '',
    '  ████  THIS IS A SANDBOX  ████',
    '  Its customers are made up, its keys lie in a folder, its deadlines are minutes. Never put a real person in.',
    '',
    `  API                              ${publicUrl}/v1`,
    `  Documentation                    ${publicUrl}/docs`,
    `  A guide to the disclosure modes  ${publicUrl}/guide/modes`,
    `  Messages, as people get them     ${publicUrl}/outbox`,
    `  Health, metrics                  ${publicUrl}/health/ready, ${publicUrl}/metrics (operator)`,
    keys,
    `                                   ${CLIENTS.map(({ clientId }) => clientId).join(', ')}`,
    '',
    '  Next, in another terminal        npm run demo',
    '',
  ].join('\n');
}
