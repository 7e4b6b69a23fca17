import { PickType } from '@nestjs/swagger';
import { TextField } from '../platform/http/fields.js';
import { CreateUser } from '../users/user.dto.js';

/** The first administrator. */
export class SetupRequest extends PickType(CreateUser, ['email', 'username', 'password']) {
  @TextField({
    description: 'The token that was printed at the start, or `SETUP_TOKEN`.',
    max: 256,
    secret: true,
  })
  readonly setupToken!: string;
}
