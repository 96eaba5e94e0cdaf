package lathe.models.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionInputStream;
import org.apache.hadoop.io.compress.CompressionOutputStream;
import org.apache.hadoop.io.compress.Compressor;
import org.apache.hadoop.io.compress.Decompressor;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** Reads pages that are compressed by gzip: Parquet's reader takes Hadoop's codec for them, which is not there. */
final class ParquetGzip implements CompressionCodec {
    /** Makes it known to all readers of this process. */
    static void register() {
        Known.add(new ParquetGzip());
    }

    @Override
    public CompressionInputStream createInputStream(InputStream compressed, Decompressor decompressor) {
        try {
            return new Pages(new GZIPInputStream(compressed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** None: streams of this codec decompress by themselves, and the reader can do without. */
    @Override
    public Decompressor createDecompressor() {
        return null;
    }

    @Override
    public Compressor createCompressor() {
        throw new UnsupportedOperationException("Parquet is only read.");
    }

    @Override
    public CompressionOutputStream createOutputStream(OutputStream plain, Compressor compressor) {
        throw new UnsupportedOperationException("Parquet is only read.");
    }

    private static final class Pages extends CompressionInputStream {
        Pages(InputStream plain) throws IOException {
            super(plain);
        }

        @Override
        public int read() throws IOException {
            return in.read();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return in.read(target, offset, length);
        }

        @Override
        public void resetState() {
            // Each page has a stream of its own.
        }
    }

    /** The codecs that the reader has made so far are open to its subclasses alone. */
    private static final class Known extends CodecFactory {
        private Known() {
            super(new Configuration(), 0);
        }

        static void add(CompressionCodec codec) {
            synchronized (CODEC_BY_NAME) {
                CODEC_BY_NAME.put(CompressionCodecName.GZIP.getHadoopCompressionCodecClassName(), codec);
            }
        }
    }
}
