import type { GateReportRecord } from '@signalbox/contracts';
import type { VersionEntity } from './version.entity.js';

export interface ShownGateReport extends GateReportRecord {
  overriddenBy: string | null;
  overrideReason: string | null;
  notes: string[];
}

/** The gate of a version, with who overrode it; null for a version that needed none or has not been through it. */
export function reportOf({ gate, overriddenBy, overrideReason }: VersionEntity): ShownGateReport | null {
  if (gate) return { notes: [], ...gate, overriddenBy, overrideReason };
  if (overriddenBy === null) return null;
  const notRun = { name: 'gate', passed: false, measured: 'not run', required: 'a gate that passed' };
  return { passed: false, power: null, promptsNeeded: null, checks: [notRun], notes: [], overriddenBy, overrideReason };
}
