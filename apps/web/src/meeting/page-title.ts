type Facts = { title: string; unread: number; hands: number; waiting: number };

/** What the tab says: first what asks for attention, for whoever is in another tab. */
export function pageTitle({ title, unread, hands, waiting }: Facts): string {
  const news = [
    waiting > 0 && `${waiting} waiting`,
    hands > 0 && (hands === 1 ? 'Hand raised' : `${hands} hands raised`),
    unread > 0 && `${unread} new`,
  ].filter(Boolean);
  const name = `${title} · Meridian`;
  return news.length === 0 ? name : `(${news.join(', ')}) ${name}`;
}
