const SEVERITIES = ['critical', 'high', 'moderate', 'low', 'info'];

/** One line on what `npm audit --json` printed, which is an error where the registry answers no audits. */
export function auditSummary(output) {
  let report;
  try {
    report = JSON.parse(output);
  } catch {
    return 'no report: npm audit printed no JSON';
  }
  const counts = report?.metadata?.vulnerabilities;
  if (!counts) return `no report: ${report?.message ?? report?.error?.summary ?? 'npm audit said nothing'}`;
  const found = SEVERITIES.filter((severity) => counts[severity] > 0);
  if (found.length === 0) return 'no known vulnerabilities';
  const names = Object.values(report.vulnerabilities ?? {})
    .filter(({ severity }) => severity === found[0])
    .map(({ name }) => name);
  return `${found.map((severity) => `${counts[severity]} ${severity}`).join(', ')}; ${found[0]}: ${names.toSorted().join(', ')}`;
}
