import { expectDocumented } from './asyncapi.ts';
import type { Gateway } from './gateway.ts';

export type TappedEvent = {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly managementcompanyid: string;
  readonly correlationid: string;
  readonly data: { readonly [field: string]: unknown };
};

// The in-process bus delivers and deletes a row within milliseconds, so each row is copied as it is written, with the
// payload that is stored in the row of its delivery.
export const TAP = `
  create table tapped_events (id bigint primary key, messages text not null);
  create function tap_event() returns trigger language plpgsql security definer as $$
  begin
    insert into public.tapped_events values (new.id, case when new.payload_of is null then new.messages else
      split_part(new.messages, E'\\x1f', 1) || (
        select convert_from(raw_body, 'UTF8') from public.webhook_deliveries where id = new.payload_of
      ) || split_part(new.messages, E'\\x1f', 2) end);
    return new;
  end $$;
  create trigger tap after insert on outbox_messages for each row execute function tap_event();
`;

/**
 * Copies every event from now on. Returns a function that gives all events so far, in the order of the outbox, each
 * checked against the document.
 */
export const tapEvents = async ({ sql }: Gateway): Promise<() => Promise<readonly TappedEvent[]>> => {
  await sql(TAP);
  return async () => {
    const rows = await sql<{ messages: string }>('select messages from tapped_events order by id');
    const events = rows.flatMap(({ messages }) => JSON.parse(messages) as readonly TappedEvent[]);
    expectDocumented(events);
    return events;
  };
};
