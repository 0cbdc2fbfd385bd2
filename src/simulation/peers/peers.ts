import type { DefenceMaker } from '../defence.js';
import { cdsi } from './cdsi.js';
import { cloudflareSequence } from './cloudflare-sequence.js';
import { crowdSec } from './crowdsec.js';
import { flexibleLimiter } from './flexible-limiter.js';
import { monthlyQuota } from './monthly-quota.js';
import { nestThrottler } from './nest-throttler.js';
import { nothing } from './nothing.js';
import { pricePerCall } from './price-per-call.js';
import { ratioRule } from './ratio-rule.js';
import { throttleByDay } from './throttle-by-day.js';
import { AS_IN_ZEEK, trw } from './trw.js';
import { whatsAppTiers } from './whatsapp-tiers.js';
import { zeekThreshold } from './zeek-threshold.js';

/** What a bank would use instead of this service, from the least to the most that it takes. */
export const PEERS: readonly DefenceMaker[] = [
  nothing,
  pricePerCall(),
  throttleByDay(),
  nestThrottler(),
  flexibleLimiter(),
  monthlyQuota(),
  cdsi(),
  whatsAppTiers(),
  cloudflareSequence(),
  zeekThreshold(),
  crowdSec(),
  ratioRule(),
  trw(),
  trw(AS_IN_ZEEK, 'TRW, Zeek’s timeouts'),
];
