import type { Readable, Writable } from 'node:stream';
import { Command, InvalidArgumentError } from 'commander';
import { CALIBRATION_PAIRS } from '@signalbox/scoring';
import { keysOf } from './keys.js';
import { labelSession } from './label-session.js';
import { SignalboxApi } from './signalbox-api.js';

export interface LabelSettings {
  /** Address of the GraphQL API when none is given. */
  url: string;
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
}

interface LabelOptions {
  url: string;
  user?: string;
  count: number;
  seed: number;
  model?: string[];
  text?: string;
}

/** `signalbox label`: a person scores answers at the terminal, one key each. What was scored before does not come again. */
export function labelCommand({
  url,
  stdin = process.stdin,
  stdout = process.stdout,
  stderr = process.stderr,
}: LabelSettings): Command {
  return new Command('label')
    .description('Shows answers of a running Signalbox, and stores the score that you give each by one key.')
    .option('--url <url>', 'GraphQL API of a running Signalbox', url)
    .option('--user <name>', 'who labels: each person has a label of their own on an answer')
    .option('--count <calls>', 'answers to show, 1 to 200', whole, 20)
    .option('--seed <n>', 'another seed shuffles the answers in another way', whole, 0)
    .option('--model <names...>', 'of these models alone')
    .option('--text <text>', 'of prompts that hold this text alone')
    .action(async ({ url: given, user, count, seed, model, text }: LabelOptions) => {
      const api = new SignalboxApi(given);
      const filter = { ...(model && { modelName: model }), ...(text !== undefined && { text }) };
      const calls = await api.callsToLabel({ filter, userId: user ?? null, first: count, seed });
      if (calls.length === 0) {
        stdout.write('There is no such answer without a label of yours.\n');
        return;
      }
      const keys = keysOf(stdin);
      try {
        const submit = (callId: string, score: number) => api.submitHumanLabel(callId, score, user ?? null);
        const tally = await labelSession({ calls, nextKey: keys.next, submit, stdout, stderr });
        stdout.write(`\nLabelled ${tally.labelled}, skipped ${tally.skipped}. ${await outlook(api)}\n`);
      } finally {
        keys.end();
      }
    });
}

async function outlook(api: SignalboxApi): Promise<string> {
  const labels = await api.humanLabels();
  const missing = CALIBRATION_PAIRS - labels;
  return missing > 0
    ? `Labels of people by now: ${labels}; a judge can be measured from ${CALIBRATION_PAIRS} on.`
    : `Labels of people by now: ${labels}. Run labelCalls with a judge, and see judgeCalibrations.`;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}
