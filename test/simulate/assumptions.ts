/** What the simulation takes for granted. Each is an assumption; the report lists them. */
export const ASSUMPTIONS = {
  /** A working day everywhere, in spring: summer time in North America, not yet in Europe. */
  day: '2026-03-18T12:00:00Z',
  meetings: {
    /** Sizes follow a power law between these; its exponent is solved for the mean. Participants. */
    smallest: 2,
    largest: 1_000,
    /** Lengths are log-normal. Minutes. */
    medianMinutes: 30,
    spread: 0.7,
    shortestMinutes: 3,
    longestMinutes: 240,
    /** When meetings begin, by the organiser's clock: share of each hour from midnight, in arbitrary units. */
    startsByHour: [1, 0.5, 0.3, 0.3, 0.4, 1, 3, 9, 22, 26, 25, 22, 13, 21, 24, 21, 17, 11, 8, 8, 7, 5, 3, 2],
    /** Of these begin at the full hour, at half past, or at any minute. */
    starts: { fullHour: 0.5, halfHour: 0.25 },
  },
  people: {
    /** Others are from the organiser's city, country, continent or anywhere: shares of meetings. */
    scopes: { city: 0.55, country: 0.3, continent: 0.09, world: 0.06 },
    /** In the wider ones some sit beside the organiser nevertheless: share of the others. */
    besideOrganiser: 0.4,
    /** People live around their city: exponential. Kilometres. */
    aroundCityKm: 15,
    /** They come after the start: exponential. Minutes. */
    lateMinutes: 1.5,
    /** Of these stay to the end; the others leave at any moment. */
    stayToEnd: 0.85,
  },
  /**
   * Use per inhabitant of a city, relative to North America: share of people who work in offices and online. Mainland
   * China is left out, as serving it takes a licence and a fleet of its own.
   */
  use: {
    byContinent: {
      africa: 0.08,
      asia: 0.25,
      europe: 0.7,
      'north-america': 1,
      oceania: 0.9,
      'south-america': 0.35,
    },
    byCountry: { CN: 0, KP: 0, RU: 0.3, MX: 0.35, JP: 0.6, KR: 0.7, SG: 1, IL: 0.9, AE: 0.8, TR: 0.4 },
  },
  residency: {
    /** Meetings of organisers in the European Union whose media must stay there: share. */
    eu: 0.2,
  },
  media: {
    /** Participants with their camera on: share. */
    cameras: 0.6,
    /** Videos anybody sees at once (last-N). */
    visible: 25,
    /** Audio streams relayed in meetings with more open microphones than slots. */
    audioSlots: 5,
    audioBps: 40_000,
    /** The highest layer that is wished for, by size of the meeting: at most so many people, so many bits per second. */
    layers: [
      { upTo: 4, bps: 1_500_000 },
      { upTo: 9, bps: 500_000 },
      { upTo: Number.POSITIVE_INFINITY, bps: 150_000 },
    ],
  },
  fleet: {
    /** Participants a node takes: the default of a media node. */
    nodeCapacity: 500,
    /**
     * How full a region is planned to be at its own busiest moment. The rest takes the bursts at full hours, a lost
     * node, and what comes from a lost region.
     */
    plannedFill: 0.6,
    /** So that a standby finds another failure domain. Nodes per region. */
    leastNodes: 2,
    /** When a region is lost, people who find no place try again, as they are told, so many times. */
    retryRounds: 12,
  },
} as const;
