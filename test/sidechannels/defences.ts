import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Something that keeps two kinds of request alike, and how the built service looks without it. */
export interface Defence {
  readonly name: string;
  /** Name of the pair that then has to leak. */
  readonly pair: string;
  /** In `main.js` of the build: each `take` stands there exactly once. */
  readonly changes: readonly { readonly take: string; readonly give: string }[];
}

const LOOK_UP = 'return membership.lookUp(personKeys, corroborations, despiteLock);\n    }, "lookUp")';
const SEALED = 'sealed ??= await this.seal(place.stream, data);';
const CONTACTS = 'function contactsOf(membership) {';
/** What the built service has no way to do, is given one. */
const CONTACTS_FOR_ALL = { take: CONTACTS, give: `${CONTACTS}\n  globalThis.membershipForAll = membership;` };

export const DEFENCES: readonly Defence[] = [
  {
    name: 'a look-up reads no more for a customer than for nobody',
    pair: 'instant: no to nobody, and to a customer of another name',
    changes: [
      {
        take: LOOK_UP,
        give: `const known = membership.lookUpPerson(personKeys);
      if (known.customerKey) await membership.contactOf(known.customerKey);
      ${LOOK_UP}`,
      },
    ],
  },
  {
    name: 'name and birth date are pseudonymised for nobody, too',
    pair: 'instant: no to nobody, and to a customer of another name',
    changes: [
      CONTACTS_FOR_ALL,
      {
        take: '__name(corroborationsOf, "corroborationsOf");',
        give: `__name(corroborationsOf, "corroborationsOf");
const corroborationsOfAll = corroborationsOf;
corroborationsOf = (keyring, personKeys, person) =>
  globalThis.membershipForAll.lookUpPerson(personKeys).customer
    ? corroborationsOfAll(keyring, personKeys, person)
    : personKeys.map(() => "AAAAAAAAAAAA");`,
      },
    ],
  },
  {
    name: 'a lock is not looked into',
    pair: 'instant: no to nobody, and to a customer who is locked',
    changes: [
      {
        take: LOOK_UP,
        give: `for (const key of personKeys) if (membership.known.locked.has(key)) await store.readStream("lock-" + key, { from: 0, limit: 1 });
      ${LOOK_UP}`,
      },
    ],
  },
  {
    name: 'a canary is not looked into',
    pair: 'instant: no to nobody, and to a canary',
    changes: [
      {
        take: LOOK_UP,
        give: `const registered = async (key) => (await store.readStream("canary-" + key, { from: 0, limit: 1 })).length > 0;
      for (const key of personKeys) if (await registered(key)) await registered(key);
      ${LOOK_UP}`,
      },
    ],
  },
  {
    name: 'a secret is counted for nobody, too',
    pair: 'proof: no to nobody, and to a customer with a wrong secret',
    changes: [
      CONTACTS_FOR_ALL,
      {
        take: 'const isTried = own !== void 0',
        give: 'const isTried = globalThis.membershipForAll.lookUpPerson(this.keyring.personKeys(data.person)).customer && own !== void 0',
      },
    ],
  },
  {
    name: 'a try takes as long whoever has tried before',
    pair: 'proof: no to somebody new, and to somebody about whom another owner has tried a secret',
    changes: [{ take: 'return decider.isShared ? takingAlways(SHARED_TAKES_MS, begin) : begin();', give: 'return begin();' }],
  },
  {
    name: 'what an owner’s partners say of a person has a key of that owner’s',
    pair: 'blind: create of somebody new, and of somebody whom another owner has created',
    changes: [{ take: SEALED, give: SEALED.replace('place.stream', '"lead-" + personKeys[0]') }],
  },
  {
    name: 'a create does not ask whom the bank has already',
    pair: 'blind: create of new and of existing',
    changes: [
      CONTACTS_FOR_ALL,
      {
        take: SEALED,
        give: `const known = globalThis.membershipForAll.lookUpPerson(personKeys);
      if (known.customerKey) await globalThis.membershipForAll.contactOf(known.customerKey);
      ${SEALED}`,
      },
    ],
  },
];

/**
 * A copy of the built service without the defence.
 * @returns its directory
 * @throws Error when the build is not as the defence says
 */
export function builtWithout({ name, changes }: Defence, directory: string): string {
  const dist = join(directory, 'dist');
  mkdirSync(directory, { recursive: true });
  cpSync(resolve('dist'), dist, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  symlinkSync(
    dirname(require.resolve('fastify/package.json', { paths: [resolve('.')] })).replace(/\/fastify$/, ''),
    join(directory, 'node_modules'),
  );
  const main = join(dist, 'main.js');
  writeFileSync(main, withChanges(name, readFileSync(main, 'utf8'), changes));
  return dist;
}

export function withChanges(name: string, built: string, changes: Defence['changes']): string {
  return changes.reduce((text, { take, give }) => {
    const found = text.split(take).length - 1;
    if (found !== 1) throw new Error(`${name}: stands in the build ${found} times instead of once:\n${take}`);
    return text.replace(take, () => give);
  }, built);
}
