import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import type { ObjectStore } from '@signalbox/object-store';
import { pointAlias } from '@signalbox/runtime';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { accepted } from '../accepted.js';
import { ServedVersions } from '../decisions/served-versions.js';
import { ANONYMOUS, OBJECT_STORE } from '../registry.environment.js';
import type { RouterEntity } from '../routers/router.entity.js';
import { RoutersRepository } from '../routers/routers.repository.js';
import { reportOf } from '../versions/gate-report.js';
import { VersionStatus, type VersionEntity } from '../versions/version.entity.js';
import { VersionsRepository } from '../versions/versions.repository.js';
import { DeploymentEntity } from './deployment.entity.js';
import { DeploymentsRepository } from './deployments.repository.js';

export const CHAMPION = 'champion';
export const CHALLENGER = 'challenger';

const MAX_REASON = 1_000;

export interface Move {
  router: RouterEntity;
  alias: string;
  version: VersionEntity;
  actor: string;
  /** For the audit, e.g. `promote`. */
  action: string;
  reason?: string;
  retrainId?: string;
  /** What a rollback of this move restores; the deployment that it replaces when absent. */
  restores?: string | null;
}

@Injectable()
export class DeploymentsService {
  constructor(
    private readonly deployments: DeploymentsRepository,
    private readonly routers: RoutersRepository,
    private readonly versions: VersionsRepository,
    private readonly served: ServedVersions,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * Points an alias to a version that passed its gate, or to any version for a reason that is recorded.
   * @throws SignalboxError NOT_FOUND, GATE_REFUSED, CONFLICT, INVALID_INPUT or what verifying the artefact found
   */
  async promote(routerName: string, number: number, alias: string, override: string | null): Promise<DeploymentEntity> {
    const router = await this.requireRouter(routerName);
    const version = await this.versions.findByNumber(router.id, number);
    if (!version) throw new SignalboxError('NOT_FOUND', `The router ${routerName} has no version ${number}.`);
    const reason = reasonOf(override);
    const current = await this.deployments.alias(router.id, alias);
    const allowed = version.status === VersionStatus.VALIDATED || reason !== null;
    if (allowed && current?.versionId === version.id) return this.require(current.deploymentId);
    return this.moving(router, alias, async (manager) => {
      await this.routers.lockUnchanged(manager, router);
      const refused = await this.refusalOf(manager, router, version, alias);
      if (refused && reason === null) throw refused;
      const actor = ANONYMOUS;
      if (refused && reason !== null) {
        await this.versions.update(manager, version.id, { overriddenBy: actor, overrideReason: reason });
      }
      const action = refused ? 'promote against the gate' : 'promote';
      return this.move(manager, { router, alias, version, actor, action, ...(reason !== null && { reason }) });
    });
  }

  /**
   * Points an alias to where it pointed before; a second rollback goes back one deployment more.
   * @param from version that is expected to be live, so that a repeated call goes back once; null to go back from any
   * @throws SignalboxError NOT_FOUND, CONFLICT (nothing came before, or another version is live) or what verifying the artefact found
   */
  async rollback(routerName: string, alias: string, from: number | null): Promise<DeploymentEntity> {
    const router = await this.requireRouter(routerName);
    const current = await this.deployments.alias(router.id, alias);
    if (!current) throw new SignalboxError('NOT_FOUND', `The router ${routerName} has no alias ${alias}.`);
    const live = await this.versions.find(current.versionId);
    if (from !== null && live?.version !== from) {
      throw new SignalboxError(
        'CONFLICT',
        `The alias ${alias} of ${routerName} points to version ${live?.version ?? 'unknown'}, not to version ${from}.`,
      );
    }
    const { previousId } = await this.require(current.deploymentId);
    if (previousId === null) {
      throw new SignalboxError(
        'CONFLICT',
        `The alias ${alias} of ${routerName} never pointed to another version before this one.`,
        'Promote the version that you want.',
      );
    }
    const previous = await this.require(previousId);
    const version = await this.versions.find(previous.versionId);
    if (!version) throw new Error(`deployment ${previous.id} names a version that is not there`);
    return this.moving(router, alias, async (manager) => {
      await this.routers.lockUnchanged(manager, router);
      const actor = ANONYMOUS;
      return this.move(manager, { router, alias, version, actor, action: 'rollback', restores: previous.previousId });
    });
  }

  /**
   * Moves an alias in a transaction that holds the router. The row goes first and the pointer file last; a crash between the file
   * and the commit leaves the file ahead, which the reconciler mends.
   * @throws SignalboxError ARTIFACT_CORRUPT or ARTIFACT_INVALID when the version cannot be loaded, INVALID_INPUT for the alias' name
   */
  async move(manager: EntityManager, move: Move): Promise<DeploymentEntity> {
    const { router, alias, version, actor, action } = move;
    const before = await this.deployments.lockAlias(manager, router.id, alias);
    const replaced = before && (await this.deployments.targetIn(manager, router.id, alias));
    const row: Partial<DeploymentEntity> = {
      id: uuidv7(),
      routerId: router.id,
      alias,
      versionId: version.id,
      replacedId: before?.versionId ?? null,
      previousId: move.restores === undefined ? (before?.deploymentId ?? null) : move.restores,
      retrainId: move.retrainId ?? null,
      deployedBy: actor,
      uri: this.store.urlOf(`routers/${router.name}/${alias}.json`),
    };
    const deployment = await this.deployments.point(manager, Object.assign(new DeploymentEntity(), row));
    await this.deployments.audit(manager, {
      actor,
      action,
      router: router.name,
      alias,
      before: replaced && { version: replaced.version },
      after: { version: version.version, gatePassed: version.gate?.passed ?? null },
      reason: move.reason ?? null,
    });
    accepted(
      await pointAlias(this.store, router.name, alias, { version: version.version, manifestSha256: version.sha256 }),
    );
    return deployment;
  }

  /** What an alias pointed to at a moment; null before its first deployment. @throws SignalboxError NOT_FOUND */
  async deployedAt(routerName: string, alias: string, at: Date): Promise<DeploymentEntity | null> {
    return this.deployments.at((await this.requireRouter(routerName)).id, alias, at);
  }

  /** Runs a transaction that moves an alias; then this process decides by where it points. */
  async moving<T>({ name }: RouterEntity, alias: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.deployments.transaction(work);
    this.served.expire(name, alias);
    return result;
  }

  /**
   * Why a version may not be promoted without an override; null when it may. A gate says something against the champion that it
   * compared with and no other. A version that was champion before, as version 1 was, is known from production.
   */
  private async refusalOf(
    manager: EntityManager,
    router: RouterEntity,
    version: VersionEntity,
    alias: string,
  ): Promise<SignalboxError | null> {
    if (version.status !== VersionStatus.VALIDATED) return refusal(router.name, version);
    if (alias !== CHAMPION) return null;
    const champion = await this.deployments.targetIn(manager, router.id, CHAMPION);
    if (version.gatedAgainst === (champion?.versionId ?? null)) return null;
    if (await this.deployments.wasTarget(manager, router.id, CHAMPION, version.id)) return null;
    return new SignalboxError(
      'GATE_REFUSED',
      `The gate of ${router.name}@${version.version} compared it with another version than the champion of now, ${router.name}@${champion?.version ?? 'none'}.`,
      'Trigger a retrain, whose gate compares with the champion of now, or promote with an override and a reason.',
    );
  }

  private async requireRouter(name: string): Promise<RouterEntity> {
    const router = await this.routers.findByName(name);
    if (!router) throw new SignalboxError('NOT_FOUND', `There is no router ${name}.`);
    return router;
  }

  private async require(id: string): Promise<DeploymentEntity> {
    const deployment = await this.deployments.find(id);
    if (!deployment) throw new Error(`deployment ${id} is not there`);
    return deployment;
  }
}

function reasonOf(override: string | null): string | null {
  if (override === null) return null;
  const reason = override.trim();
  if (reason === '' || reason.length > MAX_REASON) {
    throw new SignalboxError('INVALID_INPUT', `override: give the reason, in 1 to ${MAX_REASON} characters`);
  }
  return reason;
}

function refusal(router: string, version: VersionEntity): SignalboxError {
  const failed = reportOf(version)?.checks.filter(({ passed }) => !passed) ?? [];
  const told = failed.map(({ name, measured, required }) => `${name}: ${measured} (required: ${required})`);
  return new SignalboxError(
    'GATE_REFUSED',
    told.length > 0
      ? `The gate of ${router}@${version.version} did not pass. ${told.join('; ')}.`
      : `${router}@${version.version} has not been through its gate.`,
  );
}
