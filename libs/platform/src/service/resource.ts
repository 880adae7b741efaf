import {
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type InjectionToken,
  type OnApplicationShutdown,
} from '@nestjs/common';

interface Opened {
  value: unknown;
  close(): Promise<void>;
}

/** Something that a service holds open for as long as it runs: its database, its queue, its object store. */
export interface Resource {
  token: InjectionToken;
  open(): Promise<Opened>;
}

const OPENED = Symbol('opened resources');

@Injectable()
class ResourceCloser implements OnApplicationShutdown {
  constructor(@Inject(OPENED) private readonly opened: Opened[]) {}

  /** In reverse: what was opened last may use what was opened first. */
  async onApplicationShutdown(): Promise<void> {
    for (const each of this.opened.reverse()) await each.close();
  }
}

@Module({})
export class ResourceModule {
  /**
   * Makes the resources injectable everywhere in the application. They open in the order of the list, each after the one
   * before it, and close in reverse when the application shuts down: so a queue that is listed after the database ends its
   * jobs before the database goes.
   */
  static of(resources: Resource[]): DynamicModule {
    const opened: Opened[] = [];
    return {
      module: ResourceModule,
      global: true,
      providers: [
        { provide: OPENED, useValue: opened },
        ResourceCloser,
        ...resources.map(({ token, open }, index) => ({
          provide: token,
          inject: resources.slice(Math.max(0, index - 1), index).map((previous) => previous.token),
          useFactory: async () => {
            const each = await open();
            opened.push(each);
            return each.value;
          },
        })),
      ],
      exports: resources.map(({ token }) => token),
    };
  }
}
