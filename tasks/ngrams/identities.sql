-- Recount from the shards, without the code that made the table, every gram that begins with a sampled character:
-- its occurrences, those that another character follows or precedes, and those that nothing follows.
-- One row an identity: how many grams it was tried on and how many broke it.
with windows as (
    select
        k0 >> 42 as first,
        (k0 >> 21) & 2097151 as second,
        {letters} as stretch,
        sum(count * weight)::bigint as count
    from shard_rows
    where (k0 >> 42) % $sample = 0 or ((k0 >> 21) & 2097151) % $sample = 0
    group by all
),

orders as (select unnest(range(1, $max_order + 1)) as length),

forward as (
    select
        substring(stretch, 1, length) as gram,
        sum(count)::bigint as count,
        coalesce(sum(count) filter (length(stretch) > length), 0)::bigint as right_extensions
    from windows, orders
    where first % $sample = 0 and length(stretch) >= length
    group by gram
),

backward as (
    select
        substring(stretch, 2, length) as gram,
        sum(count)::bigint as left_extensions
    from windows, orders
    where second != 0 and second % $sample = 0 and length(stretch) > length
    group by gram
),

written as (select * from ngrams where unicode(gram) % $sample = 0)

select
    'right extensions + ends = count' as name,
    count(*) as tried,
    count(*) filter (coalesce(right_extensions, 0) + written.ends != written.count) as broken
from written left join forward using (gram)
union all
select
    'left extensions + starts = count',
    count(*),
    count(*) filter (coalesce(left_extensions, 0) + written.starts != written.count)
from written left join backward using (gram)
union all
select
    'count = occurrences in the shards',
    count(*),
    count(*) filter (coalesce(written.count, 0) != forward.count)
from forward left join written using (gram)
where forward.count >= $min_count
union all
select 'order 1 counts = characters', 1, ((select sum(count * weight) from shard_rows) != $characters)::bigint
