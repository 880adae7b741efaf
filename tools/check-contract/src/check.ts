import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type GraphQLSchema } from 'graphql';
import { contractDifferences, parseContract } from './contract.js';
import { landedSdl, sinceLanded, unannounced } from './landed.js';
import { parseNotYet, sortByList } from './not-yet.js';
import { OWNERS } from './owners.js';
import { type ContractReport, type LandedReport, type Report, reportOf } from './report.js';
import { apiSchemaOf, entitiesOf } from './supergraph.js';

export interface Files {
  supergraph: string;
  contract: string;
  notYet: string;
  landed: string;
  changelog: string;
}

export interface Options {
  /** Rewrite the landed API, if every breaking change is named in the changelog. */
  accept: boolean;
  /** Fail, rather than skip, where there is no contract: somebody asked for this one. */
  contractNeeded: boolean;
}

export async function check(files: Files, { accept, contractNeeded }: Options): Promise<Report> {
  const supergraph = await readFile(files.supergraph, 'utf8');
  const api = apiSchemaOf(supergraph);
  const contract = await checkContract(files, supergraph, api, contractNeeded);
  return reportOf(contract, await checkLanded(files, api, accept));
}

async function checkContract(
  files: Files,
  supergraph: string,
  api: GraphQLSchema,
  needed: boolean,
): Promise<ContractReport> {
  const { contract: file } = files;
  if (!needed && !existsSync(file)) return { file, skipped: true };
  const contract = parseContract(await readFile(file, 'utf8'));
  const found = contractDifferences(contract, api, entitiesOf(supergraph, OWNERS));
  return { file, skipped: false, ...sortByList(found, parseNotYet(await readFile(files.notYet, 'utf8'))) };
}

async function checkLanded(files: Files, api: GraphQLSchema, accept: boolean): Promise<LandedReport> {
  const since = sinceLanded(await readFile(files.landed, 'utf8'), api);
  const unnamed = unannounced(since.breaking, await readFile(files.changelog, 'utf8'));
  const accepted = accept && !since.current && unnamed.length === 0;
  if (accepted) await writeFile(files.landed, landedSdl(api));
  return { ...since, accepted, unannounced: unnamed };
}
