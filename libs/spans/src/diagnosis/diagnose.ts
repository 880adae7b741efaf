import type { Check } from './check.js';
import { CHECKS } from './checks.js';
import { mostFrequent, SEVERITIES, type Place, type Sample, type Setting, type Severity } from './sample.js';

/** What hurts, how much of it there is, where an example lies, and what to change. */
export interface Finding {
  code: string;
  severity: Severity;
  message: string;
  count: number;
  of: number;
  /** What is counted, in the plural. */
  unit: string;
  example: { traceId: string; spanId: string | null } | null;
  settings: Setting[];
}

export interface Diagnosis {
  /** By severity, then in the order in which one would mend them. */
  findings: Finding[];
  /** Codes that could not be looked for: silence about them means nothing. */
  unasked: string[];
}

/** A severe finding in a smaller share of what it counts is a warning: every traffic has a few. */
const FEW = 0.05;

/** The same for the same traces in any order. */
export function diagnose(sample: Sample): Diagnosis {
  const found = CHECKS.map((check) => ({ check, seen: check.look(sample) }));
  const findings = found.flatMap(({ check, seen }) => {
    const count = seen?.count ?? seen?.places.length ?? 0;
    if (seen === null || count === 0 || count / seen.of < (check.from ?? 0)) return [];
    return [findingOf(check, count, seen.of, seen.places, seen.detail, sample.backend)];
  });
  return {
    findings: SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity)),
    unasked: found.filter(({ seen }) => seen === null).map(({ check }) => check.code),
  };
}

function findingOf(
  check: Check,
  count: number,
  of: number,
  places: readonly Place[],
  detail: string | undefined,
  backend: string | null,
): Finding {
  const { code, unit, found } = check;
  const severity = check.severity === 'SEVERE' && count / of < FEW ? 'WARNING' : check.severity;
  const [example] = places.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return {
    code,
    severity,
    message: `${found[0]?.toUpperCase() ?? ''}${found.slice(1)}${detail === undefined ? '' : `: ${detail}`}.`,
    ...{ count, of, unit },
    example: example === undefined ? null : { traceId: example.traceId, spanId: example.spanId },
    settings: settingsOf(check, places, backend),
  };
}

/** Those of the backend, then of the dialects in which it was found, the most frequent first; the general one where none fits. */
function settingsOf({ settings }: Check, places: readonly Place[], backend: string | null): Setting[] {
  const dialects = mostFrequent(places.flatMap(({ dialect }) => dialect ?? [])).map(([name]) => name);
  const given = new Set<string>();
  const fitting = [...(backend === null ? [] : [backend]), ...dialects].flatMap((where) => {
    const change = settings[where];
    if (change === undefined || given.has(change)) return [];
    given.add(change);
    return [{ where, change }];
  });
  const isCovered =
    fitting.length > 0 && dialects.every((name) => settings[name] !== undefined || backendFits(settings, backend));
  return isCovered || settings.any === undefined ? fitting : [...fitting, { where: 'any', change: settings.any }];
}

const backendFits = (settings: Check['settings'], backend: string | null): boolean =>
  backend !== null && settings[backend] !== undefined;

const keyOf = ({ traceId, spanId }: Place): string => `${traceId}:${spanId ?? ''}`;
