export const USAGE = `meridian: looks at the media fleet and steers it

  meridian fleet regions                      what is free where
  meridian fleet list [--region R]            the nodes and how they are
  meridian fleet show NODE                    everything about one
  meridian fleet watch [--region R]           the list, drawn again every two seconds
  meridian fleet drain NODE [--wait]          empty it; with --wait until it is
  meridian fleet undrain NODE                 have it take participants again
  meridian fleet revoke NODE --yes            throw it out
  meridian fleet enrol NODE --region R        a secret with which a new machine joins

  --json          what the API answered, for programs
  --help          this

MERIDIAN_URL      the platform, e.g. https://meet.example.org
MERIDIAN_API_KEY  a key with fleet:read, and fleet:write for what changes something
`;

/** What was typed makes no sense; with the line that says how it would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
