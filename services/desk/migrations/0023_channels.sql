-- Which way a demand came, so that each activity and each printed QR code can be counted. What is there already says it
-- in its summary.
ALTER TABLE demands ADD COLUMN channel text;
UPDATE demands SET channel = convert_from(summary, 'UTF8')::jsonb -> 'submitter' ->> 'channel' WHERE summary IS NOT NULL;
