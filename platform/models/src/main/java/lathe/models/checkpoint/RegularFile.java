package lathe.models.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

import lathe.spi.LatheException;

/** Opens files for reading, and says in a sentence what is in the way. */
public final class RegularFile {
    private RegularFile() {}

    /**
     * Opens a regular file. Its kind is asked for first: opening a named pipe would wait for a writer for ever.
     *
     * @param file the file; a symbolic link is followed
     * @return the file's bytes, to be closed by the caller
     * @throws LatheException if it is not there, not a regular file, or may not be read
     */
    public static FileChannel open(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new LatheException(Visible.path(file) + " is a folder where a file is needed.");
            }
            if (!attributes.isRegularFile()) {
                throw new LatheException(Visible.path(file)
                        + " is a pipe, a device or a socket where a regular file is needed.");
            }
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * Whether something lies there under this name, also a link that leads nowhere.
     *
     * @param file the file
     * @return true if the name is taken
     */
    public static boolean isPresent(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Checks that a folder is there before anything is looked for in it.
     *
     * @param folder the folder
     * @throws LatheException if it is not there or not a folder
     */
    public static void requireFolder(Path folder) {
        if (Files.isDirectory(folder)) {
            return;
        }
        if (isPresent(folder)) {
            throw new LatheException(
                    Visible.path(folder) + " is not a folder; a model is a folder with config.json and "
                            + "model.safetensors in it.");
        }
        throw new LatheException("There is no folder " + Visible.path(folder) + ".");
    }

    /**
     * The sentence for a failed access.
     *
     * @param file  the file
     * @param cause what the system said
     * @return the error to throw
     */
    public static LatheException unreadable(Path file, IOException cause) {
        String name = Visible.path(file);
        return switch (cause) {
            case NoSuchFileException gone when Files.isSymbolicLink(file) -> new LatheException(
                    name + " is a symbolic link that leads to nothing.", gone);
            case NoSuchFileException gone -> new LatheException("There is no file " + name + ".", gone);
            case AccessDeniedException denied -> new LatheException(name + " may not be read by this user.", denied);
            case FileSystemException system when Files.isSymbolicLink(file) -> new LatheException(
                    name + " is a symbolic link that cannot be followed: " + reason(system) + ".", system);
            default -> new LatheException(name + " cannot be read: " + reason(cause) + ".", cause);
        };
    }

    private static String reason(IOException cause) {
        String reason = cause instanceof FileSystemException system ? system.getReason() : cause.getMessage();
        return Visible.escape(reason == null ? cause.getClass().getSimpleName() : reason);
    }
}
