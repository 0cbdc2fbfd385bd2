import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Config } from '../config.js';
import { PROBLEM_MEDIA_TYPE, type ProblemCode, PROBLEMS, problemType } from './problem.js';
import { PROBLEMS_EXTENSION } from './problem-responses.js';
import { type Route, routeTable } from './route-table.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Components = NonNullable<OpenAPIObject['components']>;

const ALWAYS: readonly ProblemCode[] = ['REQUEST_MALFORMED', 'INTERNAL_ERROR'];
const AUTHENTICATED: readonly ProblemCode[] = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'PROOF_INVALID',
  'PROOF_NONCE_NEEDED',
  'FORBIDDEN',
  'TOO_MANY_REQUESTS',
  'MEMBERS_INVALID',
  'ISSUER_UNAVAILABLE',
  'STORE_UNAVAILABLE',
];
const WITH_BODY: readonly ProblemCode[] = ['BODY_MALFORMED', 'REQUEST_TIMEOUT', 'MEDIA_TYPE_UNSUPPORTED'];
const WITH_JSON: readonly ProblemCode[] = [
  ...WITH_BODY,
  'BODY_TOO_LARGE',
  ...(Object.keys(PROBLEMS).filter((code) => code.startsWith('JSON_')) as ProblemCode[]),
];
const COMMAND: readonly ProblemCode[] = ['OUTCOME_UNKNOWN', 'CONCURRENCY_EXHAUSTED', 'CLOCK_UNTRUSTED'];
const KEYED: readonly ProblemCode[] = ['IDEMPOTENCY_KEY_MISSING', 'COMMAND_IN_FLIGHT', 'IDEMPOTENCY_KEY_REUSED'];

const DESCRIPTION = `
What a partner must bring to a check depends on its owner's disclosure mode: [instant](/guide/instant), [proof](/guide/proof),
[consent](/guide/consent) or [blind](/guide/blind).

Requests are checked in a fixed order, and no step tells anything of the next: the form of the message; the token; the role, the
rate and the partner's standing; the idempotency key; the members; the identifier; the lead; the terms and the allowance; what the
disclosure mode demands; and only then the register.

Where the terms ask for signed requests, open, consent, check and create carry a message signature (RFC 9421) of one of the client's
registered keys, made within the last two minutes. It covers \`@method\`, \`@target-uri\`, \`content-digest\` (RFC 9530),
\`idempotency-key\` and \`authorization\` or \`dpop\`, with the parameters \`created\` and \`keyid\`; keys for PS256 sign with
\`rsa-pss-sha512\`. It is kept with what the request led to.

Every error is \`${PROBLEM_MEDIA_TYPE}\` (RFC 9457) with one of these types:

| code | status | |
|---|---|---|
${Object.entries(PROBLEMS)
  .map(([code, { status, meaning }]) => `| \`${code}\` | ${status} | ${meaning} |`)
  .join('\n')}
`.trim();

/** OpenAPI at /docs, as JSON at /docs/json; complete enough to generate a client from. */
export function serveDocs(app: NestFastifyApplication, config: Config): void {
  SwaggerModule.setup('docs', app, () => openApi(app, config), {
    jsonDocumentUrl: 'docs/json',
    raw: ['json'],
    customSiteTitle: 'Vestibule',
  });
}

export function openApi(app: NestFastifyApplication, { publicUrl, issuer }: Pick<Config, 'publicUrl' | 'issuer'>): OpenAPIObject {
  const frame = new DocumentBuilder()
    .setTitle('Vestibule')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addServer(publicUrl)
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: `Access token (RFC 9068) by client credentials with private_key_jwt from ${issuer}; its metadata: /.well-known/openid-configuration`,
      },
      'token',
    )
    .addSecurity('dpop', {
      type: 'http',
      scheme: 'DPoP',
      description:
        'An access token that is bound to a key (RFC 9449), with `Authorization: DPoP`, and in `DPoP` a proof for each request: of this ' +
        'method and address, with the hash of the token and the nonce that the service has handed out in `DPoP-Nonce`. A proof serves once.',
    })
    .addSecurity('certificate', {
      type: 'mutualTLS',
      description: 'An access token that is bound to the certificate of the connection (RFC 8705), with `Authorization: Bearer`.',
    } as never)
    .build();
  const document = SwaggerModule.createDocument(app, frame, {
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').replace(/^./, (first) => first.toLowerCase())}_${method}`,
  });
  addComponents((document.components ??= {}));
  for (const route of routeTable(app)) {
    const item = document.paths[route.path.replace(/:(\w+)/g, '{$1}')] as Record<string, Operation> | undefined;
    const operation = item?.[route.method.toLowerCase()];
    if (operation !== undefined) complete(operation, route);
  }
  return document;
}

/** A command whose path says everything takes an empty object all the same: the form of a message does not depend on the route. */
const NOTHING_TO_SAY = {
  required: true,
  content: { 'application/json': { schema: { type: 'object', maxProperties: 0 }, example: {} } },
};

function addComponents(components: Components): void {
  components.parameters = {
    IdempotencyKey: {
      name: 'Idempotency-Key',
      in: 'header',
      required: true,
      description:
        'Chosen by the client, one for each command. A request that is repeated with its key takes effect once and is answered the same.',
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
      example: '5f0c3b1e-7a52-4b0e-9a39-2f4f8f0a8a11',
    },
    CorrelationId: {
      name: 'X-Correlation-Id',
      in: 'header',
      required: false,
      description: 'Ties together what belongs together; made where it is missing, and returned.',
      schema: { type: 'string', format: 'uuid' },
    },
  };
  (components.schemas ??= {})['Problem'] = {
    type: 'object',
    required: ['type', 'title', 'status', 'code'],
    properties: {
      type: { type: 'string', format: 'uri', example: problemType('MEMBERS_INVALID') },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', enum: Object.keys(PROBLEMS) },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['member', 'rule'],
          properties: { member: { type: 'string' }, rule: { type: 'string' } },
        },
      },
    },
  };
}

function complete(operation: Operation, { method, access, replay, guarded }: Route): void {
  operation.security = access === 'public' ? [] : [{ token: [] }, { dpop: [] }, { token: [], certificate: [] }];
  const parameters = [{ $ref: '#/components/parameters/CorrelationId' }];
  if (replay !== undefined) {
    parameters.unshift({ $ref: '#/components/parameters/IdempotencyKey' });
    operation.requestBody ??= NOTHING_TO_SAY;
  }
  operation.parameters = [...(operation.parameters ?? []), ...parameters];
  const extensions = operation as unknown as Record<string, unknown>;
  const own = (extensions[PROBLEMS_EXTENSION] ?? []) as readonly ProblemCode[];
  delete extensions[PROBLEMS_EXTENSION];
  const codes = [
    ...ALWAYS,
    ...(access === 'public' ? [] : AUTHENTICATED),
    ...(method === 'POST' ? COMMAND : []),
    ...(replay !== undefined ? [...WITH_JSON, ...KEYED] : method === 'POST' ? WITH_BODY : []),
    ...guarded,
    ...own,
  ];
  Object.assign((operation.responses ??= {}), problemResponses(codes));
}

function problemResponses(codes: readonly ProblemCode[]): Record<string, object> {
  const byStatus = new Map<number, Set<ProblemCode>>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  return Object.fromEntries([...byStatus].map(([status, found]) => [String(status), problemResponse([...found])]));
}

const problemResponse = (codes: readonly ProblemCode[]): object => ({
  description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].meaning}`).join(' '),
  content: {
    [PROBLEM_MEDIA_TYPE]: {
      schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code: { enum: codes } } }] },
    },
  },
});
