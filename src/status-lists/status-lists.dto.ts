import { TextListField } from '../platform/http/fields.js';

/** Where the status lists are (draft-ietf-oauth-status-list 9.3). */
export class StatusListsView {
  @TextListField({
    description: 'Address of each list.',
    example: ['https://signet.example.com/v1/status-lists/0'],
    maxItems: 1_000_000,
    itemMax: 2048,
  })
  readonly status_lists!: readonly string[];
}
