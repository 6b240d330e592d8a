-- Documents whose text an earlier document has: earlier in the list of batches, or in the order of its batch.
-- A piece of an over-long record is compared with pieces of the same number only, so that a record of one repeated
-- character keeps its length. The placeholders are the Parquet files and whether to look within batches or across them.
with placed as (
    select
        documents.batch_id,
        documents.doc_id,
        documents.text_hash,
        documents.part,
        position.number as batch_number,
        documents.filename,
        documents.file_row_number
    from read_parquet($files, filename = true, file_row_number = true, hive_partitioning = false) as documents
    join (select unnest($batches) as batch_id, generate_subscripts($batches, 1) as number) as position
        using (batch_id)
),
shared as (
    select text_hash, part from placed group by text_hash, part having count(*) > 1
),
ranked as (
    select
        batch_id,
        doc_id,
        batch_number,
        first_value(doc_id) over by_text as kept_doc_id,
        first_value(batch_number) over by_text as kept_batch_number,
        row_number() over by_text as occurrence,
        row_number() over (
            partition by text_hash, part, batch_number order by filename, file_row_number
        ) as occurrence_in_batch
    from placed
    join shared using (text_hash, part)
    window by_text as (partition by text_hash, part order by batch_number, filename, file_row_number)
)
select batch_id, doc_id, kept_doc_id, $within as same_batch
from ranked
where occurrence > 1
  and case
      when $within then occurrence_in_batch > 1
      else occurrence_in_batch = 1 and kept_batch_number < batch_number
  end
order by batch_number, doc_id
