import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { SignalboxError } from '@signalbox/contracts';
import { evaluateCommand } from './evaluate.command.js';
import { describeFailure, refuseBadUsage } from './failures.js';
import { inspectCommand } from './inspect.command.js';

const initCwd = process.env['INIT_CWD'];
const dataFolder = process.env['SIGNALBOX_DATA'];

const program = new Command('signalbox')
  .description('Reads LLM calls out of trace files and fits routers on outcome matrices, offline.')
  .addCommand(inspectCommand({ initCwd }))
  .addCommand(evaluateCommand({ initCwd, ...(dataFolder && { vectorFolder: resolve(dataFolder, 'vectors') }) }));

try {
  await refuseBadUsage(program).parseAsync();
} catch (error) {
  if (error instanceof SignalboxError) {
    process.stderr.write(describeFailure(error));
    process.exitCode = 1;
  } else if (!(error instanceof CommanderError)) {
    throw error;
  }
}
