import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../../access/access.js';
import { PreviewAnswer, PreviewRequest } from './preview.dto.js';
import { PreviewService } from './preview.service.js';

@ApiTags('tokens')
@Controller('v1/tokens/preview')
export class PreviewController {
  constructor(private readonly service: PreviewService) {}

  @Post()
  @HttpCode(200)
  @RequirePermissions('tokens:explain')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary:
      'Show the claims and the size of the token that somebody would get, without issuing it',
  })
  @ApiOkResponse({ type: PreviewAnswer })
  preview(@Body() body: PreviewRequest): Promise<PreviewAnswer> {
    return this.service.preview(body);
  }
}
