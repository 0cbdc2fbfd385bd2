import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../modules/access/roles.js';

/** Whoever opens the service in a browser finds what it is; programs have no business here. */
@ApiExcludeController()
@Public()
@Controller()
export class DocsController {
  /** Relative, since a proxy may serve the API below a path of its own. */
  @Get()
  @Redirect('docs')
  toDocs(): void {
    // The decorator says everything.
  }
}
