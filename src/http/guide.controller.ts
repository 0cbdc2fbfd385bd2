import { Controller, Get, Param, Redirect, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../modules/access/roles.js';
import { GUIDE_PAGES, GUIDE_POLICY, guidePage } from './guide.js';
import { Problem } from './problem.js';

/** The partner's guide: a page for each disclosure mode, for people. */
@ApiExcludeController()
@Public()
@Controller('guide')
export class GuideController {
  /** Where the guide begins; relative, so that it holds behind a proxy's path, too. */
  @Get()
  @Redirect('guide/modes')
  begin(): void {
    // The decorator says everything.
  }

  @Get(':page')
  async page(@Param('page') name: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const page = GUIDE_PAGES.find((each) => each === name);
    if (page === undefined) throw new Problem('NOT_FOUND');
    void reply.headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': GUIDE_POLICY,
      'referrer-policy': 'no-referrer',
    });
    return guidePage(page);
  }
}
