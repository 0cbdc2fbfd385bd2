import { PARTNER, raw, startTestApp, type TestApp } from './test-app.js';

const GOOD = '{"id":"a","to":"b","grams":5}';
const deep = (levels: number): string => `{"id":${'['.repeat(levels)}1${']'.repeat(levels)}}`;

/** What is sent, and what comes back (R35). */
const BAD: readonly (readonly [what: string, body: string | Buffer, status: number, code: string])[] = [
  ['no JSON', 'grams=5', 400, 'JSON_MALFORMED'],
  ['half of a JSON', '{"id":"a"', 400, 'JSON_MALFORMED'],
  ['JSON and more', `${GOOD} ${GOOD}`, 400, 'JSON_MALFORMED'],
  ['JSON with a comment', '{"id":"a" /* hi */}', 400, 'JSON_MALFORMED'],
  ['JSON with a comma too many', '{"id":"a",}', 400, 'JSON_MALFORMED'],
  ['an empty text', ' ', 400, 'JSON_MALFORMED'],
  ['a byte order mark', `\uFEFF${GOOD}`, 400, 'JSON_MALFORMED'],
  ['UTF-16', Buffer.from(GOOD, 'utf16le'), 400, 'JSON_MALFORMED'],
  ['invalid UTF-8', Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]), 400, 'JSON_MALFORMED'],
  ['an overlong encoding', Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]), 400, 'JSON_MALFORMED'],
  [
    'a surrogate in UTF-8',
    Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    400,
    'JSON_MALFORMED',
  ],
  ['a list', '[]', 400, 'BODY_MALFORMED'],
  ['a text', '"a"', 400, 'BODY_MALFORMED'],
  ['null', 'null', 400, 'BODY_MALFORMED'],
  ['a number', '1', 400, 'BODY_MALFORMED'],
  ['a lone high surrogate', '{"id":"\\ud800"}', 400, 'JSON_TEXT_INVALID'],
  ['a lone low surrogate', '{"id":"\\udc00x"}', 400, 'JSON_TEXT_INVALID'],
  ['a surrogate in a name', '{"\\ud800":1}', 400, 'JSON_TEXT_INVALID'],
  ['an escaped control character', '{"id":"a\\u0000b"}', 400, 'JSON_TEXT_INVALID'],
  ['an escaped line break', '{"id":"a\\nb"}', 400, 'JSON_TEXT_INVALID'],
  ['a C1 control character', '{"id":"a\u0085b"}', 400, 'JSON_TEXT_INVALID'],
  ['DEL', '{"id":"a\u007fb"}', 400, 'JSON_TEXT_INVALID'],
  ['a raw control character', '{"id":"a\u0001b"}', 400, 'JSON_MALFORMED'],
  ['a duplicate member', '{"id":"a","id":"b"}', 400, 'JSON_DUPLICATE_MEMBER'],
  ['a duplicate member, written differently', '{"id":"a","\\u0069d":"b"}', 400, 'JSON_DUPLICATE_MEMBER'],
  ['a duplicate member further down', '{"place":{"street":"a","street":"b"}}', 400, 'JSON_DUPLICATE_MEMBER'],
  ['__proto__', '{"__proto__":{"to":"x"}}', 400, 'JSON_FORBIDDEN_MEMBER'],
  ['__proto__, written differently', '{"\\u005f_proto__":{}}', 400, 'JSON_FORBIDDEN_MEMBER'],
  ['constructor', '{"constructor":{"prototype":{}}}', 400, 'JSON_FORBIDDEN_MEMBER'],
  ['prototype further down', '{"place":{"prototype":1}}', 400, 'JSON_FORBIDDEN_MEMBER'],
  ['17 levels', deep(16), 400, 'JSON_TOO_DEEP'],
  ['20,000 levels', deep(20_000), 400, 'JSON_TOO_DEEP'],
  ['an integer beyond 2^53', '{"grams":9007199254740993}', 400, 'JSON_NUMBER_UNSAFE'],
  ['a number beyond all', '{"grams":1e999}', 400, 'JSON_NUMBER_UNSAFE'],
  ['more than the limit', `{"id":"${'a'.repeat(70_000)}"}`, 413, 'BODY_TOO_LARGE'],
  ['an unknown member', '{"id":"a","to":"b","grams":5,"jana-novotna":1}', 422, 'MEMBERS_INVALID'],
  ['an unknown member further down', '{"id":"a","to":"b","grams":5,"place":{"street":"s","jana-novotna":1}}', 422, 'MEMBERS_INVALID'],
  ['a number for a text', '{"id":7,"to":"b","grams":5}', 422, 'MEMBERS_INVALID'],
  ['a text for a number', '{"id":"a","to":"b","grams":"5"}', 422, 'MEMBERS_INVALID'],
  ['a list for a text', '{"id":["a"],"to":"b","grams":5}', 422, 'MEMBERS_INVALID'],
  ['a list for an object', '{"id":"a","to":"b","grams":5,"place":[]}', 422, 'MEMBERS_INVALID'],
  ['null for an optional member', '{"id":"a","to":"b","grams":5,"place":null}', 400, 'JSON_NULL'],
  ['a missing member', '{"id":"a","to":"b"}', 422, 'MEMBERS_INVALID'],
  ['nothing', '{}', 422, 'MEMBERS_INVALID'],
];

const TYPES: readonly (readonly [what: string, type: string])[] = [
  ['an empty type', ''],
  ['plain text', 'text/plain'],
  ['a form', 'application/x-www-form-urlencoded'],
  ['another JSON', 'application/problem+json'],
  ['JSON in Latin 1', 'application/json; charset=iso-8859-1'],
  ['JSON with a made-up parameter', 'application/json; profile=x'],
  ['lines', 'application/x-ndjson'],
  ['no media type at all', 'json'],
];

describe('What is not a UTF-8 JSON object of known members is turned away (R35)', () => {
  let test: TestApp;
  let authorization: string;
  const post = (body: string | Buffer | undefined, headers: Record<string, string> = {}, path = '/v1/parcels') =>
    raw(test.url, {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', 'idempotency-key': 'bad', authorization, ...headers },
      ...(body !== undefined && { body }),
    });

  beforeAll(async () => {
    test = await startTestApp();
    authorization = `Bearer ${await (await test.client(PARTNER)).token()}`;
  });
  afterAll(() => test.stop());

  it.each(BAD)('%s', async (_, body, status, code) => {
    const response = await post(body);
    expect([response.status, JSON.parse(response.body).code]).toEqual([status, code]);
  });

  it.each(TYPES)('%s is 415', async (_, type) => {
    const response = await post(GOOD, { 'content-type': type });
    expect([response.status, JSON.parse(response.body).code]).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
  });

  it('no body at all is 415', async () => {
    const response = await raw(test.url, { method: 'POST', path: '/v1/parcels', headers: { authorization, 'idempotency-key': 'none' } });
    expect(response.status).toBe(415);
  });

  it('a body that is longer or shorter than its length is 400', async () => {
    const response = await post('{"id"', { 'content-length': '5' });
    expect(response.status).toBe(400);
  });

  it('lines go only where lines are taken, and are not limited there', async () => {
    const body = `${GOOD}\n`.repeat(10_000);
    const lines = await post(body, { 'content-type': 'application/x-ndjson' }, '/v1/parcels/lines');
    expect([lines.status, lines.body]).toEqual([201, JSON.stringify({ bytes: body.length })]);
    expect((await post(GOOD, {}, '/v1/parcels/lines')).status).toBe(415);
  });

  it('names the member and the rule, and nothing that was sent', async () => {
    const unknown = JSON.parse((await post('{"id":"a","to":"b","grams":5,"place":{"street":"s","jana-novotna":1}}')).body);
    expect(unknown.errors).toEqual([{ member: 'place', rule: 'noOtherMembers' }]);
    const wrong = JSON.parse((await post('{"id":"a","to":"b","grams":"Jana Novotná","place":{"street":7}}')).body);
    expect(wrong.errors).toContainEqual({ member: 'place.street', rule: 'isLength' });
    expect(wrong.errors.map(({ member }: { member: string }) => member).sort()).toEqual(['grams', 'place.street']);
    expect(JSON.stringify([unknown, wrong])).not.toMatch(/jana|Novotn/i);
  });

  it('took nothing of all this, and takes what is right', async () => {
    const accepted = await post(GOOD, { 'content-type': 'application/json; charset=UTF-8', 'idempotency-key': 'good' });
    expect(accepted.status).toBe(201);
    expect(test.lines.filter(({ msg, status }) => msg === 'request' && status === 201)).toHaveLength(2);
  });

  it('16 levels, text of other scripts and whole surrogate pairs are no problem', async () => {
    expect(JSON.parse((await post(deep(15))).body).code).toBe('MEMBERS_INVALID');
    const response = await post('{"id":"b","to":"Жанна \\ud83d\\ude00 李","grams":5}', { 'idempotency-key': 'scripts' });
    expect(response.status).toBe(201);
  });
});
