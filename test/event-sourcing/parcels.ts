import type { Fact } from '../../src/event-sourcing/message.js';
import type { Process } from '../../src/event-sourcing/process.js';

/** A process with a step to take at once and one to take at a time. */
export type ParcelEvent =
  | Fact<'ParcelOrdered', { readonly parcel: string; readonly returnBy: number }>
  | Fact<'ParcelSent', { readonly parcel: string }>
  | Fact<'ParcelTouched', { readonly parcel: string }>
  | Fact<'ParcelReturned', { readonly parcel: string }>;

export interface Parcel {
  readonly parcel: string;
  readonly sent: boolean;
  readonly returnBy: number;
}

export interface ParcelCommand {
  readonly type: 'SendParcel' | 'ReturnParcel';
  readonly parcel: string;
}

export const delivery: Process<Parcel, ParcelEvent, ParcelCommand> = {
  name: 'parcel-delivery',
  version: 1,
  handles: ['ParcelOrdered', 'ParcelSent', 'ParcelTouched', 'ParcelReturned'],
  key: ({ data }) => data.parcel,
  evolve: (state, event) => {
    switch (event.type) {
      case 'ParcelOrdered':
        return { ...event.data, sent: false };
      case 'ParcelSent':
        return state && { ...state, sent: true };
      case 'ParcelTouched':
        return state;
      case 'ParcelReturned':
        return undefined;
    }
  },
  owed: ({ parcel, sent, returnBy }, { now, outages }) => {
    const by = outages.reduce((sum, { from, until }) => sum + Date.parse(until) - Date.parse(from), returnBy);
    if (!sent) return { commands: [{ type: 'SendParcel', parcel }] };
    return now < by ? { commands: [], wakeAt: by } : { commands: [{ type: 'ReturnParcel', parcel }] };
  },
};
