/** No entry has a `*`, which would not stand for anything. */
const ENTRY = /^(?:xray|s3:\/\/[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*(?:\/[^*]*)?|logs:[\w/.#:-]+)$/;
/** Segments that other programs on the way may take for steps through folders, which a bucket does not have. */
const STEPS = new Set(['.', '..']);

/**
 * What may be read with the AWS credentials of the process itself: nothing but what the operator lists. An entry is written as what is
 * read: `xray`; `s3://bucket` or `s3://bucket/prefix`, with all that lies below it by whole segments, so that `s3://b/team` is not
 * `s3://b/team-secret`; `logs:group`, that group alone, or `logs:groups/`, all that lie below.
 */
export class AwsRolePolicy {
  private constructor(private readonly entries: readonly string[]) {}

  /**
   * @param text entries with commas between them
   * @returns the policy, or what of the text cannot be read
   */
  static parse(text: string): AwsRolePolicy | { faults: string[] } {
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const faults = entries.filter((entry) => !isEntry(entry));
    return faults.length > 0 ? { faults } : new AwsRolePolicy(entries.map(withSlash));
  }

  /** @param text as AWS_ROLE_ALLOW, whose faults are found where the environment is parsed */
  static allowing(text: string): AwsRolePolicy {
    const policy = AwsRolePolicy.parse(text);
    if (!(policy instanceof AwsRolePolicy))
      throw new TypeError(`no policy of the AWS role: ${policy.faults.join(', ')}`);
    return policy;
  }

  /**
   * @param read `xray`, `logs:group`, or `s3://bucket/prefix`, which S3 takes as the beginning of keys: `s3://b/team` reads
   * `team-secret/` as well, and only `s3://b/team/` is below `s3://b/team`
   */
  allows(read: string): boolean {
    if (hasSteps(read)) return false;
    return this.entries.some((entry) => read === entry || (entry.endsWith('/') && read.startsWith(entry)));
  }
}

const isEntry = (entry: string): boolean => ENTRY.test(entry) && !hasSteps(entry);

const withSlash = (entry: string): string => (entry.startsWith('s3://') && !entry.endsWith('/') ? `${entry}/` : entry);

const hasSteps = (read: string): boolean => read.split('/').some((segment) => STEPS.has(segment));
