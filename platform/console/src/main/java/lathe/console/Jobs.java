package lathe.console;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

import lathe.spi.LatheException;

/** The runs in the background and the commands about them: {@code jobs}, {@code tail}, {@code cancel}. */
final class Jobs {
    private static final int USUAL_LINES = 20;

    private final List<Job> jobs = new ArrayList<>();

    /** Starts a job. */
    synchronized Job start(List<String> arguments, ToIntFunction<PrintWriter> work) {
        Job job = new Job(jobs.size() + 1, arguments, work);
        jobs.add(job);
        job.start();
        return job;
    }

    synchronized List<Job> running() {
        return jobs.stream().filter(Job::running).toList();
    }

    synchronized List<String> numbers() {
        return jobs.stream().map(job -> String.valueOf(job.number())).toList();
    }

    private synchronized Job find(List<String> arguments) {
        if (arguments.isEmpty()) {
            throw new LatheException("Say which job: its number, as `jobs` lists it.");
        }
        String number = arguments.getFirst();
        return jobs.stream()
                .filter(job -> String.valueOf(job.number()).equals(number))
                .findFirst()
                .orElseThrow(() -> new LatheException("There is no job " + number + ". `jobs` lists them."));
    }

    /** The commands about jobs. */
    List<Command> commands() {
        return List.of(
                new SimpleCommand("jobs", "List the runs in the background.", "jobs", this::list),
                new SimpleCommand(
                        "tail JOB [LINES]", "Show the last lines that a run in the background printed.", "tail 1 50",
                        this::tail),
                new SimpleCommand(
                        "cancel JOB",
                        "Stop a run in the background; running the same file again takes up where it stopped.",
                        "cancel 1",
                        this::cancel));
    }

    private synchronized void list(List<String> arguments, PrintWriter out) {
        if (jobs.isEmpty()) {
            out.println("Nothing runs in the background. `run FILE --background` starts something there.");
        }
        jobs.forEach(job -> out.printf("%3d  %-12s %6d s  %s%n", job.number(), job.state(), job.age().toSeconds(),
                job.line()));
    }

    private void tail(List<String> arguments, PrintWriter out) {
        Job job = find(arguments);
        boolean given = arguments.size() > 1 && arguments.get(1).matches("\\d{1,6}");
        if (arguments.size() > 1 && !given) {
            throw new LatheException("'" + arguments.get(1) + "' is no number of lines.");
        }
        job.tail(given ? Integer.parseInt(arguments.get(1)) : USUAL_LINES).forEach(out::println);
        out.println("-- job " + job.number() + " is " + job.state());
    }

    private void cancel(List<String> arguments, PrintWriter out) {
        Job job = find(arguments);
        if (job.running()) {
            job.cancel();
            out.println("Job " + job.number() + " is asked to stop.");
        } else {
            out.println("Job " + job.number() + " has ended already: " + job.state() + ".");
        }
    }
}
