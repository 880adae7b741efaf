import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { SignalboxError } from '@signalbox/contracts';
import { agreementCommand } from './agreement.command.js';
import { DOCTOR_EXIT, doctorCommand } from './doctor.command.js';
import { evaluateCommand } from './evaluate.command.js';
import { exportCommand } from './export.command.js';
import { describeFailure, refuseBadUsage } from './failures.js';
import { importCommand } from './import.command.js';
import { labelCommand } from './label.command.js';
import { labelerCommand } from './labeler.command.js';
import { inspectCommand } from './inspect.command.js';

const initCwd = process.env['INIT_CWD'];
const port = process.env['PORT'] || '4000';
const dataFolder = process.env['SIGNALBOX_DATA'];

const program = new Command('signalbox')
  .description(
    'Reads LLM calls out of trace files, says what hurts in them, fits routers on outcome matrices, labels answers and measures judges, and writes and reads the files of others.',
  )
  .addCommand(inspectCommand({ initCwd }))
  .addCommand(doctorCommand({ initCwd, url: `http://127.0.0.1:${port}/graphql` }))
  .addCommand(labelCommand({ url: `http://127.0.0.1:${port}/graphql` }))
  .addCommand(labelerCommand({ initCwd, url: `http://127.0.0.1:${port}/graphql` }))
  .addCommand(agreementCommand({ initCwd }))
  .addCommand(evaluateCommand({ initCwd, ...(dataFolder && { vectorFolder: resolve(dataFolder, 'vectors') }) }))
  .addCommand(exportCommand({ initCwd, url: `http://127.0.0.1:${port}/graphql` }))
  .addCommand(importCommand({ initCwd, ...(dataFolder && { vectorFolder: resolve(dataFolder, 'vectors') }) }));

try {
  await refuseBadUsage(program).parseAsync();
} catch (error) {
  if (error instanceof SignalboxError) {
    process.stderr.write(describeFailure(error));
    // Of a doctor 1 says that something severe was found.
    process.exitCode = process.argv[2] === 'doctor' ? DOCTOR_EXIT.failed : 1;
  } else if (!(error instanceof CommanderError)) {
    throw error;
  }
}
