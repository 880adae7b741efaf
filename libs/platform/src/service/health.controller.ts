import { Controller, Get } from '@nestjs/common';

@Controller()
export class HealthController {
  /** The process is alive; says nothing of what it depends on. */
  @Get('healthz')
  alive(): { status: string } {
    return { status: 'ok' };
  }
}
