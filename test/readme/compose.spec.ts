import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { ConfigError, readConfig, SETTINGS } from '../../src/config.js';

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
  readonly secrets: object;
}

const TEXT = readFileSync('docker-compose.yml', 'utf8');
const compose = parse(TEXT, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const profileOf = ({ profiles = ['(none)'] }: Service): string => profiles.join();

/** As Compose does, for the forms that the file uses. */
const interpolated = (text: string, given: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{(\w+):-\}/g, (_, name: string) => given[name] ?? '').replaceAll('$$', '$');

const settingsOf = (service: string, given: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(compose.services[service]?.environment ?? {}).map(([name, value]) => [name, interpolated(value, given)]),
  );

/** The Compose specification's schema, as a linter of such files ships it. */
function schema(): object {
  const linter = dirname(createRequire(join(process.cwd(), 'package.json')).resolve('dclint/package.json'));
  const { $schema: _, ...rest } = JSON.parse(readFileSync(join(linter, 'schemas/compose.schema.json'), 'utf8')) as { $schema: string };
  return rest;
}

describe('the compose file', () => {
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema());

  it('is one', () => {
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it.each([
    ['a member that there is not', { ...compose, services: { a: { image: 'x', restarts: 'always' } } }],
    ['a wrong type', { ...compose, services: { a: { image: 'x', depends_on: 'b' } } }],
  ])('would not be one with %s', (_, other) => {
    expect(validate(other)).toBe(false);
  });

  it('asks for nothing that it does not have, and keeps the profiles apart', () => {
    for (const [name, service] of services) {
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        const other = compose.services[needed];
        expect([name, needed, other && profileOf(other)]).toEqual([name, needed, profileOf(service)]);
        // The image of the service brings its own check.
        if (condition === 'service_healthy' && other?.image !== 'vestibule') expect([needed, other?.healthcheck]).not.toContain(undefined);
      }
      for (const volume of service.volumes ?? []) expect(compose.volumes).toHaveProperty([volume.split(':')[0] as string]);
      for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty([secret]);
    }
    expect(services.filter(([, service]) => profileOf(service) === '(none)').map(([name]) => name)).toEqual(['eventstoredb', 'vestibule']);
  });

  it('knows the settings of the service by their names, and lets each be set', () => {
    const known = SETTINGS.map(({ name }): string => name);
    for (const [name, service] of services) {
      if (service.image !== 'vestibule') continue;
      for (const setting of Object.keys(service.environment ?? {}))
        expect([name, known]).toEqual([name, expect.arrayContaining([setting])]);
    }
    const fixed = ['SANDBOX', 'SANDBOX_CUSTOMERS', 'DATA_DIR', 'HOST', 'PORT'];
    const inReplica = Object.keys(compose.services['vestibule-1']?.environment ?? {});
    expect(known.filter((name) => !inReplica.includes(name) && !fixed.includes(name))).toEqual([]);
    expect(settingsOf('vestibule-2')).toEqual(settingsOf('vestibule-1'));
  });

  it('is refused by the service only for what cannot be guessed', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'vestibule-compose-'));
    const complaints = (given: Record<string, string>): readonly string[] => {
      // The authority's certificate lies in a volume that is not there yet.
      const { EVENTSTOREDB_CA_FILE: _, ...settings } = settingsOf('vestibule-1', given);
      try {
        readConfig({ DATA_DIR: dataDir, ...settings });
        return [];
      } catch (error) {
        return (error as ConfigError).complaints;
      }
    };
    const keys = [/keyring.json is missing/, /issuer.json is missing/];
    const complete = { PUBLIC_URL: 'https://onboarding.bank.example', AUDIENCE: 'urn:bank', EVENTSTOREDB_PASSWORD: 'a word of its own' };
    const matching = (patterns: readonly RegExp[]): unknown[] => patterns.map((pattern) => expect.stringMatching(pattern));
    expect(complaints(complete)).toEqual(matching(keys));
    expect(complaints({ ...complete, EVENTSTOREDB_PASSWORD: 'changeit' })).toEqual(
      expect.arrayContaining(matching([/every new EventStoreDB has/])),
    );
    for (const missing of Object.keys(complete)) {
      expect([missing, complaints({ ...complete, [missing]: '' })]).toEqual([
        missing,
        expect.arrayContaining(matching([new RegExp(missing)])),
      ]);
    }
    rmSync(dataDir, { recursive: true });
  });

  it('brings a node back that ended with code 0, and changes the passwords that every new server has', () => {
    const nodes = services.filter(([, { image }]) => image.startsWith('eventstore/eventstore:'));
    expect(nodes).toHaveLength(4);
    for (const [name, node] of nodes) {
      expect([name, node.restart]).toEqual([name, 'always']);
      if (profileOf(node) !== 'cluster') continue;
      const given = { EVENTSTOREDB_ADMIN_PASSWORD: 'one', EVENTSTOREDB_OPS_PASSWORD: 'two' };
      expect(settingsOf(name, given)).toMatchObject({ EVENTSTORE_DEFAULT_ADMIN_PASSWORD: 'one', EVENTSTORE_DEFAULT_OPS_PASSWORD: 'two' });
      expect(settingsOf(name)).not.toHaveProperty('EVENTSTORE_INSECURE');
      const seeds = String(node.environment?.['EVENTSTORE_GOSSIP_SEED']).split(',');
      expect(
        seeds
          .map((seed) => seed.split(':')[0])
          .concat(name)
          .toSorted(),
      ).toEqual(['eventstoredb-1', 'eventstoredb-2', 'eventstoredb-3']);
    }
  });

  it('stops before anything is made where a name is missing that production needs', () => {
    const [, script = ''] = compose.services['certificates']?.command ?? [];
    const asked = /for name in ([A-Z_ ]+);/.exec(script)?.[1]?.split(' ') ?? [];
    expect(asked).toEqual(['PUBLIC_URL', 'AUDIENCE', 'EVENTSTOREDB_PASSWORD', 'EVENTSTOREDB_ADMIN_PASSWORD', 'EVENTSTOREDB_OPS_PASSWORD']);
    expect(Object.keys(compose.services['certificates']?.environment ?? {})).toEqual(asked);
  });

  it('makes the keys once and nothing beside them, and finds them at every later start', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'vestibule-compose-'));
    const make = (): string =>
      execFileSync(process.execPath, ['dist/cli/keys.js', dataDir], {
        env: { PATH: process.env['PATH'], ...settingsOf('keys') },
        encoding: 'utf8',
      });
    expect(make().match(/: made$/gm)).toHaveLength(3);
    // A vault beside them would be gone with the container.
    expect(readdirSync(dataDir)).toEqual(['keys']);
    expect(make().match(/was there/g)).toHaveLength(3);
    rmSync(dataDir, { recursive: true });
  });

  it('opens the sandbox to this machine alone', () => {
    expect(compose.services['vestibule']?.ports).toEqual(['127.0.0.1:3000:3000']);
    expect(services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['vestibule', 'proxy']);
  });
});
