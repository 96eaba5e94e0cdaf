/** Text as models are calibrated and judged with: plain files, JSON lines, Parquet. */
package lathe.models.text;
