import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { SignalboxError } from '@signalbox/contracts';
import { METRIC_NAMES } from '@signalbox/scoring';
import { readAnswers } from './answers-file.js';
import { readText, userPath } from './files.js';
import { SignalboxApi } from './signalbox-api.js';

export interface LabelerCommandSettings {
  /** Where the user typed the command, which paths are relative to; npm itself runs in the workspace root. */
  initCwd: string | undefined;
  /** Address of the GraphQL API when none is given. */
  url: string;
  stdout?: Writable;
  stderr?: Writable;
}

interface LabelerOptions {
  metric: string;
  answers: string;
  url: string;
}

/** `signalbox labeler`: makes a metric of a running Signalbox with the known answers of a file. Done again it is the same one. */
export function labelerCommand({
  initCwd,
  url,
  stdout = process.stdout,
  stderr = process.stderr,
}: LabelerCommandSettings): Command {
  return new Command('labeler')
    .description('Makes a metric of a running Signalbox, with the known answers of a file.')
    .argument('<name>', 'unique name; the same name with the same answers is the same labeler')
    .addOption(new Option('--metric <metric>', 'how an answer is compared').choices(METRIC_NAMES).makeOptionMandatory())
    .requiredOption(
      '--answers <file>',
      'JSONL of {"callId" | "traceId" | "query" | "contains": ..., "answer": ...}, or of GSM8K or MATH; relative to where you are',
    )
    .option('--url <url>', 'GraphQL API of a running Signalbox', url)
    .action(async (name: string, { metric, answers, url: given }: LabelerOptions) => {
      const path = userPath(answers, initCwd);
      const read = readAnswers(await readText(path));
      if (!read.ok) {
        for (const { line, hint } of read.bad) stderr.write(`INVALID_INPUT: ${path}, line ${line}: ${hint}\n`);
        const lines = read.bad.length === 1 ? '1 line is' : `${read.bad.length} lines are`;
        throw new SignalboxError(
          'INVALID_INPUT',
          `${path}: ${lines} wrong, and nothing was sent.`,
          'Correct the lines; each is {"query": "What is 2 + 2?", "answer": "4"}, or has callId, traceId or contains in place of query.',
        );
      }
      const made = await new SignalboxApi(given).createMetric(name, metric, read.rows);
      stdout.write(`Labeler ${made.name}: ${metric}, with ${made.groundTruths} known answers.\n`);
    });
}
