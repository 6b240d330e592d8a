-- Every sentence is found in its document at the offset it states.
select count(*)
from sentences
left join documents using (doc_id)
where documents.text is null
   or substr(documents.text, sentences.start + 1, length(sentences.text)) is distinct from sentences.text
