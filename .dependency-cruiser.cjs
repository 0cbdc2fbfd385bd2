// Who may import whom. test/architecture/architecture.spec.ts shows each rule failing on a fixture of its own, so that a rule
// that looks at the wrong folder is noticed.

/**
 * What decides and what reacts is the rule, so a file of a module is taken for such unless its name says that it is wiring
 * (`owner.handlers.ts`) or it stands in this list: services, ports with machinery in them, and keys.
 */
const SERVICES = [
  'access/(access-tokens|authorisation-server|client-certificates|client-directory|client-secrets|dpop-proof|issuer-key|key-set|possession|proof-nonces|request-signature|roles|signing-key|throttles|token-keys|token-limits|used-assertions|used-proofs)',
  'canaries/(canary-import)',
  'gate/service-life',
  'leads/(lead-lookup|opened-leads|person-history)',
  'messages/(lane-rest)',
  'owners/(current-owner|partner-name|partner-of)',
  'persons/(corroborations|data-key|data-key-tree|key-agreement|key-vault|keyring|keyring-file|link-tokens|note-seal|vault-key-file|vault-thread|wrapping-keys)',
  'refusals/refusal-recorder',
  'registry/(progress-lines|register-batch|register-import)',
].join('|');

const PLAIN_ROLES = 'events|state|policies|process|commands|texts';

/** Deciders, states, policies, processes, commands and facts. The first group is the module. */
const PLAIN = `^src/modules/(?!(?:${SERVICES})\\.ts$)([^/]+)/[a-z-]+(?:\\.(?:${PLAIN_ROLES}))?\\.ts$`;

const FACTS = '\\.events\\.ts$';

/** The words for a person and for why something was done, which every module speaks in; and the languages that it speaks. */
const PERSON_WORDS = '^src/modules/(persons/(contact|identifier|name|person-subject|reason|secret)|messages/language)\\.ts$';

const FRAMEWORK = 'node_modules/(@nestjs|@fastify|fastify|rxjs|class-validator|class-transformer|passport|passport-jwt|oidc-provider)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'kernel-knows-no-business-word',
      comment: 'The kernel imports nothing but itself: no module, no projection, nothing of the service around it.',
      severity: 'error',
      from: { path: '^src/event-sourcing/' },
      to: { path: '^src/', pathNot: '^src/event-sourcing/' },
    },
    {
      name: 'kernel-and-projections-know-no-framework',
      comment: 'They are run by Nest and know nothing of it.',
      severity: 'error',
      from: { path: '^src/(event-sourcing|projections)/' },
      to: { path: FRAMEWORK },
    },
    {
      name: 'decisions-are-plain',
      comment:
        'Deciders, states, policies, processes, commands and facts import the shapes of the kernel, each other, and libraries that only ' +
        'compute: no framework, no store, no clock, no randomness, no file and no socket.',
      severity: 'error',
      from: { path: PLAIN },
      to: {
        pathNot: [
          PLAIN,
          '^src/event-sourcing/(decider|duration|message|outage|process)\\.ts$',
          'node_modules/(any-ascii|luxon|@types/luxon|stdnum)/',
          '^(node:)?util$',
        ],
      },
    },
    {
      name: 'modules-never-read-back',
      comment: 'Data flows one way: what is decided rests on the stream, never on a read model.',
      severity: 'error',
      from: { path: '^src/modules/' },
      to: { path: '^src/(projections|queries|membership\\.module\\.ts$)' },
    },
    {
      name: 'projections-know-facts-only',
      comment: 'A projection imports the kernel, facts, and its neighbours.',
      severity: 'error',
      from: { path: '^src/projections/' },
      to: { path: '^src/', pathNot: ['^src/(projections|event-sourcing)/', FACTS] },
    },
    {
      name: 'queries-decide-nothing',
      comment: 'Who answers a question has no business with what decides or writes; to record that evidence was read it sends a command.',
      severity: 'error',
      from: { path: '^src/queries/' },
      to: { path: '^src/modules/.+\\.(state|policies|process|handlers?|controller)\\.ts$' },
    },
    {
      name: 'deciders-meet-at-facts',
      comment: 'One module reaches another through its facts; the words for a person are everybody’s.',
      severity: 'error',
      from: { path: PLAIN, pathNot: ['\\.(process|commands)\\.ts$', '^src/modules/leads/lead-history\\.ts$'] },
      to: { path: '^src/modules/', pathNot: ['^src/modules/$1/', FACTS, PERSON_WORDS] },
    },
    {
      name: 'lead-history-borrows-types-only',
      comment: 'What admission asks of the history is said by the owner, whose type it fills in; it runs nothing of the owner’s.',
      severity: 'error',
      from: { path: '^src/modules/leads/lead-history\\.ts$' },
      to: { path: '^src/modules/', pathNot: '^src/modules/leads/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'processes-react-to-facts-with-commands',
      comment: 'A process may send the commands of another module, and a command may speak in the words of another; neither may decide.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/[^/]+\\.(process|commands)\\.ts$' },
      to: { path: '^src/modules/', pathNot: ['^src/modules/$1/', FACTS, PERSON_WORDS, '\\.commands\\.ts$'] },
    },
    {
      name: 'wiring-keeps-out-of-others-wiring',
      comment:
        'Handlers, controllers, guards, readers and services may use the deciders and services of another module, because the order of ' +
        'writes reads two streams; its policies, processes, handlers, routes and request shapes stay its own.',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/' },
      to: {
        path: '^src/modules/.+\\.(policies|process|handlers?|controller|requests|routes|strategy|worker)\\.ts$',
        pathNot: '^src/modules/$1/',
      },
    },
    {
      name: 'persons-ask-nobody',
      comment: 'Pseudonyms, keys and names serve every module and know none.',
      severity: 'error',
      from: { path: '^src/modules/persons/' },
      to: { path: '^src/modules/', pathNot: '^src/modules/persons/' },
    },
    {
      name: 'no-cycles',
      comment: 'Of two files that need each other one holds the second idea of the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-barrels',
      comment: 'A file is imported by its own name.',
      severity: 'error',
      from: { path: '(^|/)index\\.ts$' },
      to: {},
    },
    {
      name: 'runs-without-development-tools',
      comment: 'What runs in production imports no test and nothing from the devDependencies; types are gone by then.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'service-imports-no-test',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(test/architecture/fixtures|dist|bench/dist)/' },
    // Types too: what only the compiler sees is still knowledge that one file has of another.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
