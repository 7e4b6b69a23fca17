import { describe, expect, it } from '@jest/globals';
import { errorsPage } from './errors-page.js';

describe('errorsPage', () => {
  it('has a row for each problem', () => {
    const page = errorsPage([
      { code: 'not_found', status: 404, title: 'There is nothing' },
      { code: 'gone', status: 410, title: 'It is gone' },
    ]);
    expect(page.split('\n').slice(2)).toEqual([
      '| `not_found` | 404 | There is nothing |',
      '| `gone` | 410 | It is gone |',
      '',
    ]);
  });
});
