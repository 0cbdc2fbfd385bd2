import { duty, type DutyCommand, type DutyEvent } from '../../src/event-sourcing/duty.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';

const at = day(0);
const claimed = (holder: string, term = 1): DutyEvent => ({ type: 'DutyClaimed', data: { holder, term, at } });
const renewed = (holder: string, term = 1): DutyEvent => ({ type: 'DutyRenewed', data: { holder, term, at } });
const released = (holder: string, term = 1): DutyEvent => ({ type: 'DutyReleased', data: { holder, term, at } });
const claim = (holder: string, seen: number): DutyCommand => ({ type: 'ClaimDuty', data: { holder, seen, at } });
const renew = (holder: string, term = 1): DutyCommand => ({ type: 'RenewDuty', data: { holder, term, at } });
const release = (holder: string, term = 1): DutyCommand => ({ type: 'ReleaseDuty', data: { holder, term, at } });

describe('a duty', () => {
  it('is claimed by who saw that nobody has it, and a second time by nobody', () => {
    given(duty).when(claim('a', 0)).happens(claimed('a')).again.refuses('DUTY_TAKEN');
  });

  it('is taken over after a silence, which one more sign of life ends', () => {
    given(duty, claimed('a'), renewed('a')).when(claim('b', 2)).happens(claimed('b', 2));
    given(duty, claimed('a'), renewed('a'), renewed('a')).when(claim('b', 2)).refuses('DUTY_TAKEN');
  });

  it('is renewed by its holder, again and again', () => {
    given(duty, claimed('a')).when(renew('a')).happens(renewed('a')).again.happens(renewed('a'));
  });

  it('is not renewed by who lost it, also when it came back to them meanwhile', () => {
    given(duty, claimed('a'), claimed('b', 2)).when(renew('a')).refuses('DUTY_TAKEN');
    given(duty, claimed('a'), claimed('b', 2), claimed('a', 3)).when(renew('a')).refuses('DUTY_TAKEN');
    given(duty, claimed('a'), released('a')).when(renew('a')).refuses('DUTY_TAKEN');
  });

  it('is laid down by its holder, once, and by nobody else', () => {
    given(duty, claimed('a')).when(release('a')).happens(released('a')).again.staysQuiet();
    given(duty, claimed('a'), claimed('b', 2)).when(release('a')).staysQuiet();
    expect(given(duty, claimed('a'), released('a')).state.holder).toBeUndefined();
  });
});
