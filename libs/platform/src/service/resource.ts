import {
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type InjectionToken,
  type OnApplicationShutdown,
} from '@nestjs/common';

export interface Opened {
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
  /** Makes the resources injectable everywhere in the application, and closes them when it shuts down. */
  static of(resources: Resource[]): DynamicModule {
    const opened: Opened[] = [];
    return {
      module: ResourceModule,
      global: true,
      providers: [
        { provide: OPENED, useValue: opened },
        ResourceCloser,
        ...resources.map(({ token, open }) => ({
          provide: token,
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
