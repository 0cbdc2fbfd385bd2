/** One kind of error that a client can meet. The texts are fixed: no response repeats anything that was sent (R34). */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What the client did, or can do; listed at /docs. */
  readonly meaning: string;
}

const kind = (status: number, title: string, meaning: string): ProblemKind => ({ status, title, meaning });

/** Every error that this service answers with, the parser's and the router's included. There is no other. */
export const PROBLEMS = {
  // The message itself
  REQUEST_MALFORMED: kind(400, 'Malformed request', 'The request line, a header or the percent-encoding is not HTTP.'),
  BODY_MALFORMED: kind(400, 'Malformed body', 'The body is not what its headers say, or not one JSON object.'),
  JSON_MALFORMED: kind(400, 'Malformed JSON', 'The body is not JSON in UTF-8.'),
  JSON_DUPLICATE_MEMBER: kind(400, 'Duplicate member', 'A JSON object names a member twice.'),
  JSON_FORBIDDEN_MEMBER: kind(400, 'Forbidden member', '`__proto__`, `constructor` and `prototype` are no member names.'),
  JSON_TOO_DEEP: kind(400, 'Nested too deeply', 'The JSON is nested more deeply than any request needs.'),
  JSON_TEXT_INVALID: kind(400, 'Invalid text', 'A JSON string holds a control character or half of a surrogate pair.'),
  JSON_NULL: kind(400, 'No value', 'A member without a value is left out; `null` is not one.'),
  JSON_NUMBER_UNSAFE: kind(400, 'Unsafe number', 'A JSON number cannot be represented exactly.'),
  REQUEST_TIMEOUT: kind(408, 'Request timeout', 'The request took too long to arrive.'),
  BODY_TOO_LARGE: kind(413, 'Body too large', 'The body is larger than the limit.'),
  URI_TOO_LONG: kind(414, 'URI too long', 'A part of the path is longer than any identifier.'),
  MEDIA_TYPE_UNSUPPORTED: kind(
    415,
    'Unsupported media type',
    'The body must be `application/json` in UTF-8, imports `application/x-ndjson`.',
  ),
  EXPECTATION_FAILED: kind(417, 'Expectation failed', 'The only expectation that can be met is `100-continue`.'),
  HEADERS_TOO_LARGE: kind(431, 'Headers too large', 'The headers are larger than the limit.'),
  METHOD_UNKNOWN: kind(501, 'Unknown method', 'No resource knows this method.'),
  // Routing
  NOT_FOUND: kind(404, 'Not found', 'There is no such resource, or it is not yours.'),
  METHOD_NOT_ALLOWED: kind(405, 'Method not allowed', 'The resource has the methods that `Allow` lists.'),
  NOT_ACCEPTABLE: kind(406, 'Not acceptable', 'None of the media types in `Accept` can be produced.'),
  MEMBERS_INVALID: kind(422, 'Invalid members', '`errors` lists the members and the rules that they break.'),
  // Who may do what
  TOKEN_MISSING: kind(
    401,
    'Token missing',
    'The request needs an access token: `Authorization: Bearer`, or `DPoP` for one that is bound to a key.',
  ),
  TOKEN_INVALID: kind(401, 'Token invalid', 'The access token is not one that is valid here and now.'),
  PROOF_INVALID: kind(
    401,
    'Proof invalid',
    'The access token is bound to a key or a certificate, or to none, and the request does not prove just that: a proof serves once.',
  ),
  PROOF_NONCE_NEEDED: kind(401, 'Nonce needed', 'The proof of possession has to carry the nonce that `DPoP-Nonce` says.'),
  FORBIDDEN: kind(403, 'Forbidden', "The client's role may not do this."),
  TOO_MANY_REQUESTS: kind(429, 'Too many requests', 'The client sends faster than it may; `Retry-After` says when to go on.'),
  ISSUER_UNAVAILABLE: kind(503, 'Issuer unavailable', "The token issuer's keys cannot be had at the moment."),
  SIGNATURE_INVALID: kind(
    403,
    'Signature invalid',
    "The request's message signature (RFC 9421) is not one that a key of its client makes, or does not cover what it has to.",
  ),
  SIGNATURE_REQUIRED: kind(
    403,
    'Signature required',
    'The request has to carry a message signature (RFC 9421) of one of its client’s keys.',
  ),
  TOKEN_UNBOUND: kind(403, 'Token not bound', 'The terms ask for a token that is bound to a key (DPoP) or a certificate (mutual TLS).'),
  // Idempotency
  IDEMPOTENCY_KEY_MISSING: kind(
    400,
    'Idempotency-Key missing',
    'The request needs an `Idempotency-Key` of 1 to 255 visible ASCII characters.',
  ),
  COMMAND_IN_FLIGHT: kind(409, 'Command in flight', 'A request with this idempotency key is still being worked on.'),
  IDEMPOTENCY_KEY_REUSED: kind(422, 'Idempotency-Key reused', 'This idempotency key was used for another request.'),
  // Clients
  CLIENT_DISABLED: kind(409, 'Client disabled', 'The client has been disabled for good.'),
  CLIENT_ROLE_INVALID: kind(422, 'Role and partner do not fit', 'A client of a partner names its partner and owner; no other client does.'),
  SECRETS_NOT_ALLOWED: kind(403, 'Secrets not allowed', 'The bank allows no clients with secrets: they show who they are with a key.'),
  KEY_LAST: kind(409, 'Last key', 'A client that revoked its last key could not come back; only the bank revokes that one.'),
  KEY_CHANGES_EXCEEDED: kind(429, 'Too many new keys', 'A client registers at most twenty keys within a day; the bank may register more.'),
  COMPROMISE_INVALID: kind(422, 'Compromise invalid', 'A client cannot have been compromised since a moment that is yet to come.'),
  KEY_INVALID: kind(422, 'Key invalid', 'The key is not a public ES256, EdDSA or PS256 (2048 bits) signing key.'),
  // Things
  IDENTIFIER_INVALID: kind(422, 'Identifier invalid', 'The person identifier is not valid in its country and scheme.'),
  FAMILY_NAME_INVALID: kind(422, 'Family name invalid', 'The family name has no letter that can be compared, or is too long.'),
  BIRTH_DATE_INVALID: kind(422, 'Birth date invalid', 'The birth date is not a day of the calendar, written YYYY-MM-DD.'),
  CONTACT_INVALID: kind(422, 'Contact invalid', 'The contact is one address or one number, in plain characters.'),
  SECRET_INVALID: kind(422, 'Secret invalid', 'The secret is not one of its kind.'),
  LEAD_NOT_FOUND: kind(404, 'Lead not found', 'There is no such lead, or it is not yours.'),
  CUSTOMER_NOT_FOUND: kind(404, 'Customer not found', 'There is no such customer, or it is not yours.'),
  PARTNER_NOT_FOUND: kind(404, 'Partner not found', 'There is no such partner.'),
  OWNER_NOT_FOUND: kind(404, 'Owner not found', 'There is no such owner.'),
  OWNER_MERGED: kind(409, 'Owner merged', 'The owner was merged into another one.'),
  ALREADY_EXISTS: kind(409, 'Already exists', 'It exists already, and differs.'),
  // Standing and terms
  AGREEMENT_UNSIGNED: kind(403, 'Agreement unsigned', 'The current agreement has not been signed.'),
  PARTNER_SUSPENDED: kind(403, 'Partner suspended', 'The partner is suspended.'),
  PARTNER_TERMINATED: kind(403, 'Partner terminated', 'The partner is terminated.'),
  PURPOSE_NOT_AGREED: kind(403, 'Purpose not agreed', "The purpose is not one of the agreement's."),
  AGENT_UNKNOWN: kind(403, 'Agent unknown', 'The agent is not registered with the partner, or no longer.'),
  AGENT_LIMIT_HOURS: kind(429, 'Outside the hours', 'The terms let agents open no leads at this time of day.'),
  AGENT_LIMIT_LEADS: kind(429, "Agent's leads used up", 'The agent has opened as many leads today as the terms let it.'),
  AGENT_LIMIT_SHARE: kind(429, "Agent's share used up", "Of the owner's leads of the last seven days too many are this agent's."),
  ALLOWANCE_SPENT: kind(403, 'Allowance spent', 'The owner has no allowance left; conversions earn it.'),
  PACE_EXCEEDED: kind(429, 'Pace exceeded', 'The owner opens leads faster than agreed.'),
  OPEN_LEADS_EXCEEDED: kind(429, 'Too many open leads', 'The owner has more leads unresolved than agreed.'),
  TERMS_INVALID: kind(422, 'Terms invalid', 'The terms contradict themselves or are out of range.'),
  TERMS_NEED_STRICTER_MODE: kind(422, 'Terms need a stricter mode', 'Such terms are granted in a stricter disclosure mode only.'),
  // Leads
  LEAD_HELD: kind(409, 'Lead held', 'Another partner of the same owner has a lead on this person.'),
  PERSON_MISMATCH: kind(409, 'Another person', 'The lead is not about this person.'),
  LEAD_LAPSED: kind(409, 'Lead lapsed', 'The lead was not followed up in time.'),
  LEAD_WITHDRAWN: kind(409, 'Lead withdrawn', 'The lead was withdrawn.'),
  LEAD_ENDED: kind(409, 'Lead ended', 'The lead has ended.'),
  LEAD_CREATED: kind(409, 'Customer created', 'The lead has been followed up by a create.'),
  ANSWER_EXPIRED: kind(409, 'Answer expired', 'The recorded answer can no longer be read.'),
  PROOF_MISSING: kind(403, 'Proof missing', "The owner's disclosure mode demands a secret that the bank has issued."),
  CONSENT_MISSING: kind(403, 'Consent missing', 'The applicant has not consented, or too long ago; ask for their consent.'),
  CONSENT_CODE_WRONG: kind(403, 'Code wrong', 'The code is not the one that was sent last.'),
  CONSENT_REFUSED: kind(403, 'Consent refused', 'The applicant does not consent.'),
  CONSENT_NOT_NEEDED: kind(409, 'Consent not needed', "The owner's disclosure mode asks for none, or the lead carries its answer."),
  CONSENT_OVER: kind(409, 'Consent over', 'The applicant was asked too long ago, or has been asked anew.'),
  CONSENT_THROTTLED: kind(429, 'Consent throttled', 'The applicant, or whoever has the contact, was asked often enough.'),
  CHECK_SWITCHED_OFF: kind(403, 'Check switched off', "The owner's disclosure mode answers no checks."),
  OWNER_CHANGING: kind(503, 'Owner changing', 'The partner is being moved to another owner; try again.'),
  GATE_HALTED: kind(503, 'Gate halted', 'The bank has halted all answers.'),
  // What follows
  FOLLOW_UP_FORBIDDEN: kind(409, 'Follow-up forbidden', 'The lead cannot be followed up by a create.'),
  CONFIRMATION_TOO_LATE: kind(409, 'Confirmation too late', "The applicant's act came after the deadline."),
  CONFIRMATION_INVALID: kind(422, 'Confirmation invalid', 'The confirmation contradicts what is recorded.'),
  NOT_ACKNOWLEDGEABLE: kind(409, 'Not acknowledgeable', 'There is no disclosure here that could be acknowledged.'),
  // The register
  IMPORT_ID_INVALID: kind(422, 'Import id invalid', 'An import id has 1 to 64 letters, digits, hyphens and underscores.'),
  IMPORT_NOT_FOUND: kind(404, 'Import not found', 'Nothing was taken in under this id.'),
  IMPORT_RUNNING: kind(409, 'Import running', 'The import is being sent by somebody else at the same time.'),
  IMPORT_CONTENT_DIFFERS: kind(409, 'Import differs', 'An import of this id began with other content; new content needs a new id.'),
  // The machine room: nothing was answered, and no answer may be concluded
  INTERNAL_ERROR: kind(500, 'Internal error', 'Something unforeseen happened.'),
  CONCURRENCY_EXHAUSTED: kind(
    503,
    'Too much concurrency',
    'Others were faster again and again, or too many wait for the same thing; try again.',
  ),
  OUTCOME_UNKNOWN: kind(503, 'Outcome unknown', 'Whether the command took effect is not known; repeat it with the same idempotency key.'),
  STORE_UNAVAILABLE: kind(503, 'Store unavailable', 'The log cannot be written or read at the moment; nothing was recorded.'),
  CLOCK_UNTRUSTED: kind(503, 'Clock untrusted', "The machine's clock has jumped; an operator has to vouch for it."),
  REGISTER_BEHIND: kind(503, 'Register behind', 'The register is not up to date; try again.'),
  READ_MODEL_BEHIND: kind(503, 'Read model behind', 'What was asked for is not up to date yet; try again.'),
  NOT_READY: kind(503, 'Not ready', 'The service is starting or stopping.'),
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A member of the request's schema, and the rule that it breaks. Never a name that the client made up. */
export interface MemberError {
  readonly member: string;
  readonly rule: string;
}

export interface ProblemDetails {
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;
  readonly errors?: readonly MemberError[];
  /** Methods, for `Allow`. */
  readonly allow?: readonly string[];
  /** For `DPoP-Nonce`. */
  readonly nonce?: string;
}

/** Thrown anywhere, answered as RFC 9457 `application/problem+json`. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly details: ProblemDetails = {},
    options?: ErrorOptions,
  ) {
    super(PROBLEMS[code].title, options);
    this.name = 'Problem';
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);

export const problemType = (code: ProblemCode): string => `urn:vestibule:problem:${code.toLowerCase().replaceAll('_', '-')}`;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly errors?: readonly MemberError[];
}

/** The body of a problem; always the same members in the same order (R37). */
export function problemBody({ code, details }: Problem): ProblemBody {
  const { title, status } = PROBLEMS[code];
  return { type: problemType(code), title, status, code, ...(details.errors && { errors: details.errors }) };
}

const ALGORITHMS = 'algs="PS256 ES256 EdDSA Ed25519"';

/** What a 401 asks for (RFC 6750, section 3; RFC 9449, section 7.1). */
const CHALLENGES: Partial<Record<ProblemCode, string>> = {
  TOKEN_MISSING: `Bearer realm="vestibule", DPoP realm="vestibule", ${ALGORITHMS}`,
  TOKEN_INVALID: `Bearer realm="vestibule", error="invalid_token", DPoP realm="vestibule", error="invalid_token", ${ALGORITHMS}`,
  PROOF_INVALID: `DPoP realm="vestibule", error="invalid_dpop_proof", ${ALGORITHMS}`,
  PROOF_NONCE_NEEDED: `DPoP realm="vestibule", error="use_dpop_nonce", ${ALGORITHMS}`,
};

/** Headers that go with a problem, beside those of every response. */
export function problemHeaders({ code, details }: Problem): Record<string, string> {
  const challenge = CHALLENGES[code];
  return {
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
    ...(details.retryAfter !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(details.retryAfter))) }),
    ...(details.allow && { allow: details.allow.join(', ') }),
    ...(details.nonce !== undefined && { 'dpop-nonce': details.nonce }),
  };
}
