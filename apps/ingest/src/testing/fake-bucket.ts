import { FakeServer, type FakeAnswer } from './fake-server.js';

export interface FakeObject {
  key: string;
  body: string;
  modified: number;
  /** As it is listed; that of the body when absent. */
  size?: number;
  /** What asking for it is refused with, though it is listed. */
  refused?: 'NoSuchKey' | 'InvalidObjectState';
}

const PAGE = 100;
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
const refusal = (status: number, code: string): FakeAnswer => ({
  status,
  type: 'application/xml',
  body: `<Error><Code>${code}</Code><Message>refused</Message></Error>`,
});

/** Speaks as much of S3 as the reader uses, by paths: pages of a listing, and objects. */
export class FakeBucket {
  /** Keys that were fetched. */
  readonly fetched: string[] = [];

  private constructor(private readonly objects: readonly FakeObject[]) {}

  static async start(objects: readonly FakeObject[], seed?: number): Promise<{ fake: FakeBucket; server: FakeServer }> {
    const fake = new FakeBucket(objects.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
    const answer = async (url: URL, authorization: string | undefined) =>
      authorization?.startsWith('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/')
        ? fake.answer(url)
        : refusal(403, 'InvalidAccessKeyId');
    const server = await FakeServer.start((url, { headers }) => answer(url, headers.authorization), seed, [
      ...(['busy', 'cut', 'refused connection'] as const),
    ]);
    return { fake, server };
  }

  private answer({ pathname, searchParams }: URL): FakeAnswer {
    const [, bucket = '', ...rest] = pathname.split('/');
    if (bucket !== 'traces') return refusal(404, 'NoSuchBucket');
    if (searchParams.get('list-type') === '2') return this.listing(searchParams);
    const key = decodeURIComponent(rest.join('/'));
    const object = this.objects.find((each) => each.key === key);
    if (object === undefined) return refusal(404, 'NoSuchKey');
    if (object.refused !== undefined) return refusal(object.refused === 'NoSuchKey' ? 404 : 403, object.refused);
    this.fetched.push(key);
    return { status: 200, type: 'application/json', body: object.body };
  }

  private listing(parameters: URLSearchParams): FakeAnswer {
    const found = this.objects.filter(({ key }) => key.startsWith(parameters.get('prefix') ?? ''));
    const from = Number(parameters.get('continuation-token') ?? '0');
    const isMore = from + PAGE < found.length;
    const contents = found
      .slice(from, from + PAGE)
      .map(
        ({ key, body, modified, size = Buffer.byteLength(body) }) =>
          `<Contents><Key>${escaped(key)}</Key><LastModified>${new Date(modified).toISOString()}</LastModified><Size>${size}</Size></Contents>`,
      );
    const next = isMore ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : '';
    const body = `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isMore}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
    return { status: 200, type: 'application/xml', body };
  }
}
