import { ApiProblem } from '../../src/cli/oauth-client.js';
import { missedDeadline } from '../../src/demo/deadlines.js';

describe('a demo on a machine that is too busy', () => {
  it.each(['LEAD_LAPSED', 'ANSWER_EXPIRED', 'CONFIRMATION_TOO_LATE'])(
    'says so where a deadline has passed, and in which mode: %s',
    (code) => {
      expect(missedDeadline('proof', new ApiProblem(409, code, undefined, []))).toMatch(
        new RegExp(`too busy just now: in mode proof an applicant missed a deadline \\(${code}\\)`),
      );
    },
  );

  it('takes nothing else for haste: what fails otherwise is a fault', () => {
    expect(missedDeadline('proof', new ApiProblem(409, 'LEAD_ENDED', undefined, []))).toBeUndefined();
    expect(missedDeadline('proof', new Error('LEAD_LAPSED'))).toBeUndefined();
  });
});
