import { applyDecorators, Get, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, getSchemaPath } from '@nestjs/swagger';
import { ProblemResponses } from '../http/problem-responses.js';
import { CSV, CURSOR_HEADER, JSON_TYPE, POSITION_HEADER } from './table.js';

/** A list, in JSON or CSV, that says up to which position it is current. */
export const Table = (path: string, summary: string, type: Type): MethodDecorator =>
  applyDecorators(
    Get(path),
    ApiOperation({ summary }),
    ApiExtraModels(type),
    ApiOkResponse({
      headers: {
        [POSITION_HEADER]: { description: 'position of the log up to which this is current', schema: { type: 'integer' } },
        [CURSOR_HEADER]: { description: '`cursor` of the next page; missing on the last', schema: { type: 'string' } },
      },
      content: {
        [JSON_TYPE]: { schema: { $ref: getSchemaPath(type) } },
        [CSV]: { schema: { type: 'string' }, example: 'partner,opened\r\nharbour-loans,12\r\n' },
      },
    }),
    ProblemResponses('NOT_ACCEPTABLE', 'READ_MODEL_BEHIND'),
  );
